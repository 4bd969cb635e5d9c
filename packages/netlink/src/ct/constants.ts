// Names as in linux/netfilter/nfnetlink_conntrack.h and nfnetlink.h, so that they can be searched for there.

export const NFNL_SUBSYS_CTNETLINK = 1
export const IPCTNL_MSG_CT_NEW = 0
export const IPCTNL_MSG_CT_GET = 1
export const IPCTNL_MSG_CT_DELETE = 2

export const CTA_TUPLE_ORIG = 1
export const CTA_TUPLE_REPLY = 2
export const CTA_STATUS = 3
export const CTA_PROTOINFO = 4
export const CTA_MARK = 8
export const CTA_ID = 12
export const CTA_ZONE = 18
export const CTA_MARK_MASK = 21
export const CTA_FILTER = 25
export const CTA_TUPLE_IP = 1
export const CTA_TUPLE_PROTO = 2
export const CTA_IP_V4_SRC = 1
export const CTA_IP_V4_DST = 2
export const CTA_IP_V6_SRC = 3
export const CTA_IP_V6_DST = 4
export const CTA_PROTO_NUM = 1
export const CTA_PROTO_SRC_PORT = 2
export const CTA_PROTO_DST_PORT = 3
export const CTA_PROTO_ICMP_ID = 4
export const CTA_PROTO_ICMP_TYPE = 5
export const CTA_PROTO_ICMP_CODE = 6
export const CTA_PROTO_ICMPV6_ID = 7
export const CTA_PROTO_ICMPV6_TYPE = 8
export const CTA_PROTO_ICMPV6_CODE = 9
export const CTA_PROTOINFO_TCP = 1
export const CTA_PROTOINFO_SCTP = 3
/** The state is the first attribute of both. */
export const CTA_PROTOINFO_STATE = 1
export const CTA_FILTER_ORIG_FLAGS = 1
export const CTA_FILTER_REPLY_FLAGS = 2
/** Of the flags: the tuple's source address must be equal. */
export const CTA_FILTER_F_IP_SRC = 1

/** enum tcp_conntrack */
export const tcpStates = [
  'none',
  'syn_sent',
  'syn_recv',
  'established',
  'fin_wait',
  'close_wait',
  'last_ack',
  'time_wait',
  'close',
  'syn_sent2',
] as const

/** enum sctp_conntrack */
export const sctpStates = [
  'none',
  'closed',
  'cookie_wait',
  'cookie_echoed',
  'established',
  'shutdown_sent',
  'shutdown_recd',
  'shutdown_ack_sent',
  'heartbeat_sent',
] as const
