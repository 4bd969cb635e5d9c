import { describe, expect, test } from '@jest/globals'
import { parseEnvironment } from '../../src/spec/environment.ts'
import { parsePodArgs, requirePodArgs } from '../../src/spec/pod-args.ts'

const whole = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c0ffee',
  CNI_NETNS: '/run/netns/x',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'K8S_POD_NAME=web',
}

describe('the environment', () => {
  test('is read', () => {
    expect(parseEnvironment(whole)).toEqual({
      verb: 'ADD',
      containerId: 'c0ffee',
      interfaceName: 'eth0',
      namespace: '/run/netns/x',
      args: 'K8S_POD_NAME=web',
    })
  })

  test('a DEL needs no namespace', () => {
    expect(parseEnvironment({ ...whole, CNI_COMMAND: 'DEL', CNI_NETNS: '' }).namespace).toBeUndefined()
  })

  test.each(['GC', 'STATUS', 'VERSION'])('%s needs nothing else', (verb) => {
    expect(parseEnvironment({ CNI_COMMAND: verb })).toMatchObject({ verb, containerId: '' })
  })

  test.each([
    [{ CNI_COMMAND: undefined }, /^CNI_COMMAND is not set: it must be one of ADD, DEL/],
    [{ CNI_COMMAND: 'add' }, /^CNI_COMMAND is "add"/],
    [{ CNI_CONTAINERID: '' }, /^CNI_CONTAINERID is not set/],
    [{ CNI_CONTAINERID: '../../etc' }, /^CNI_CONTAINERID is "\.\.\/\.\.\/etc"/],
    [{ CNI_CONTAINERID: 'x'.repeat(201) }, /^CNI_CONTAINERID is "x+"/],
    [{ CNI_IFNAME: 'a/b' }, /^CNI_IFNAME is "a\/b"/],
    [{ CNI_IFNAME: '..' }, /^CNI_IFNAME is "\.\."/],
    [{ CNI_IFNAME: '0123456789abcdef' }, /^CNI_IFNAME is/],
    [{ CNI_NETNS: 'netns' }, /^CNI_NETNS is "netns": it must be the absolute path/],
    [{ CNI_NETNS: '' }, /^CNI_NETNS is not set/],
  ])('%j is refused', (change, message) => {
    expect(() => parseEnvironment({ ...whole, ...change })).toThrow(message)
  })
})

describe('CNI_ARGS', () => {
  test('are read as the kubelet’s runtimes write them', () => {
    const text =
      'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0.a;K8S_POD_INFRA_CONTAINER_ID=c0ffee;K8S_POD_UID=u1;X=y'
    expect(requirePodArgs(text)).toEqual({
      namespace: 'default',
      pod: 'web-0.a',
      podUid: 'u1',
      addresses: [],
      mac: undefined,
    })
  })

  test('may ask for addresses and a MAC', () => {
    expect(parsePodArgs('IP=10.0.0.1,fd00::1;MAC=0e:00:00:00:00:01')).toMatchObject({
      addresses: ['10.0.0.1', 'fd00::1'],
      mac: '0e:00:00:00:00:01',
    })
  })

  test.each([
    ['', 'CNI_ARGS: K8S_POD_NAMESPACE is not set'],
    ['K8S_POD_NAMESPACE=a', 'CNI_ARGS: K8S_POD_NAME is not set'],
    ['K8S_POD_NAMESPACE=a;K8S_POD_NAME=b;COLOUR=red', 'CNI_ARGS: unknown COLOUR'],
    ['K8S_POD_NAMESPACE=a;K8S_POD_NAME', 'CNI_ARGS: "K8S_POD_NAME" is not KEY=VALUE'],
    ['K8S_POD_NAMESPACE=A;K8S_POD_NAME=b', 'CNI_ARGS: K8S_POD_NAMESPACE is "A": not a Kubernetes name'],
    ['K8S_POD_NAMESPACE=a;K8S_POD_NAME=../b', 'CNI_ARGS: K8S_POD_NAME is "../b": not a Kubernetes name'],
  ])('%j are refused', (text, message) => {
    expect(() => requirePodArgs(text)).toThrow(message)
  })
})
