import { NetlinkError } from './netlink-error.ts'

/** The six bytes of `ee:ee:ee:ee:ee:ee`, or an EINVAL that says where it was found. */
export function macBytes(text: string, where: string): Uint8Array {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)) {
    throw new NetlinkError({ errno: 22, request: `${where}: ${JSON.stringify(text)} is not a MAC address` })
  }
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16))
}

export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}
