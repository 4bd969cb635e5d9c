import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import { nftDifference } from '../src/benches/policy/nft-difference.ts'

const before = `table inet manx {
	set s4-old {
		type ipv4_addr
		elements = { 10.0.0.1 }
	}

	set s4-kept {
		type ipv4_addr
		elements = { 10.0.0.1, 10.0.0.2,
			     10.0.0.3 }
	}

	map dispatch {
		type ifname : verdict
		elements = { "cali1" : goto li-a,
			     "cali2" : accept }
	}

	chain pi-a {
		accept
	}

	chain li-a {
		jump pi-a
		ip saddr @s4-old counter packets 3 bytes 252 accept comment "NetworkPolicy a/b ingress 0"
		counter packets 0 bytes 0 drop
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		oifname vmap @dispatch
	}
}
`
const after = `table inet manx {
	set s4-kept {
		type ipv4_addr
		elements = { 10.0.0.2, 10.0.0.3,
			     10.0.0.4 }
	}

	set s4-new {
		type ipv4_addr
		elements = { 10.0.0.9 }
	}

	map dispatch {
		type ifname : verdict
		elements = { "cali1" : goto li-b,
			     "cali2" : accept }
	}

	chain li-b {
		ip saddr @s4-new tcp dport { 80, 443 } accept
		drop
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		ct state established accept
		oifname vmap @dispatch
	}
}
`

test('equal tables differ in nothing, whatever their counters say', () => {
  expect(nftDifference(before, before.replace('packets 3', 'packets 4'))).toBe('')
})

test('elements are changed one by one, and what is gone is deleted last', () => {
  const lines = nftDifference(before, after).trim().split('\n')
  expect(lines).toContain('delete element inet manx s4-kept { 10.0.0.1 }')
  expect(lines).toContain('add element inet manx s4-kept { 10.0.0.4 }')
  expect(lines).toContain('delete element inet manx dispatch { "cali1" : goto li-a }')
  expect(lines).toContain('flush chain inet manx forward')
  expect(lines.slice(-3)).toEqual([
    'delete chain inet manx pi-a',
    'delete chain inet manx li-a',
    'delete set inet manx s4-old',
  ])
})

const reason = skipReason({ root: true, commands: ['ip', 'nft'] })
const suite = reason === undefined ? describe : describe.skip

suite(`nft takes a difference${reason === undefined ? '' : ` (${reason})`}`, () => {
  let namespace: Namespace
  beforeAll(async () => {
    namespace = await createNamespace('bench-nft')
  })
  afterAll(() => namespace.remove())

  test('and comes from one table to the other', async () => {
    const nft = (...args: readonly string[]) => namespace.output('nft', args)
    const feed = (input: string) => namespace.output('nft', ['-f', '-'], { input })
    await feed(before)
    const first = await nft('list', 'ruleset')
    await feed(nftDifference(first, after))
    expect(nftDifference(await nft('list', 'ruleset'), after)).toBe('')
    await feed(nftDifference(after, first))
    expect(nftDifference(await nft('list', 'ruleset'), first)).toBe('')
  })
})
