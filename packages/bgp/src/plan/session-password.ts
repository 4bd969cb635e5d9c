import type { DesiredPeer } from './desired.ts'
import type { PeerContext } from './peer-context.ts'

type SecretReference = {
  readonly secretKeyRef?: { readonly name?: string; readonly key: string; readonly optional?: boolean }
}

/** What a session with this address is to have for a password. */
export type SessionPassword = (address: string) => Pick<DesiredPeer, 'password' | 'passwordUnread'>

/** TCP MD5 keys have at most 80 bytes in Linux. */
const longestPassword = 80

/** The password of an object's sessions; undefined when they need one that is not there (reported) and cannot be. */
export function sessionPassword(
  context: PeerContext,
  object: string,
  source: SecretReference | undefined,
): SessionPassword | undefined {
  const reference = source?.secretKeyRef
  if (reference === undefined) return () => ({})
  const { name = '', optional } = reference
  const key = `${name}/${reference.key}`
  const value = context.passwords.get(key)
  if (value === undefined && context.unreadSecrets.has(name)) {
    const message = `waits for Secret ${key} to be read: sessions stay as they are`
    context.report({ object, reason: 'PasswordUnread', message })
    return (address) => unread(context.before.get(address))
  }
  if (value !== undefined && value !== '') {
    if (Buffer.byteLength(value) <= longestPassword) return () => ({ password: value })
    const message = `the password in Secret ${key} is longer than ${longestPassword} bytes: the session is not set up`
    context.report({ object, reason: 'Invalid', message })
    return undefined
  }
  if (optional === true) return () => ({})
  const message = `needs a password from Secret ${key}, which is not there: the session is not set up`
  context.report({ object, reason: 'PasswordMissing', message })
  return undefined
}

/** The password of before goes on; who never knew it leaves it to gobgpd. Unknown is not missing. */
function unread(before: DesiredPeer | undefined): Pick<DesiredPeer, 'password' | 'passwordUnread'> {
  return before?.password === undefined ? { passwordUnread: true } : { password: before.password }
}
