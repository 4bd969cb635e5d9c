// Names as in linux/netfilter/nfnetlink_conntrack.h and nfnetlink.h, so that they can be searched for there.

export const NFNL_SUBSYS_CTNETLINK = 1
export const IPCTNL_MSG_CT_GET = 1
export const IPCTNL_MSG_CT_DELETE = 2

export const CTA_TUPLE_ORIG = 1
export const CTA_TUPLE_REPLY = 2
export const CTA_ID = 12
export const CTA_ZONE = 18
export const CTA_FILTER = 25
export const CTA_TUPLE_IP = 1
export const CTA_IP_V4_SRC = 1
export const CTA_IP_V6_SRC = 3
export const CTA_FILTER_ORIG_FLAGS = 1
export const CTA_FILTER_REPLY_FLAGS = 2
/** Of the flags: the tuple's source address must be equal. */
export const CTA_FILTER_F_IP_SRC = 1
