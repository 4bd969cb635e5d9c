import type { Policy } from '@manx/api'

/** False for policies that change no packet of a pod: those on trial, and those that host endpoints alone have. */
export const concernsPods = ({ staged, doNotTrack, preDNAT }: Policy): boolean =>
  staged === undefined && doNotTrack !== true && preDNAT !== true
