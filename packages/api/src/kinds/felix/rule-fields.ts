import { string } from '../../schema/builders.ts'
import { anyCase, flag, markMask, storedOneOf, time, unused } from './field-forms.ts'

/** The tools that write packet rules: nftables, which Manx uses, and iptables, which it does not. */
export const ruleFields = {
  nftablesMode: storedOneOf(
    unused('whether to use nftables. Manx always does.'),
    ['Disabled', 'Enabled', 'Auto'],
    'Auto',
  ),
  nftablesRefreshInterval: time('How often rules in the kernel are checked; 0 for never.', '3m0s'),
  nftablesMarkMask: markMask('The bits of the packet mark that Manx may use; at least two.'),
  nftablesFilterAllowAction: anyCase(
    'What happens to allowed packets: Accept ends the matter, Return lets later rules of others decide.',
    ['Accept', 'Return'],
    'Accept',
  ),
  nftablesFilterDenyAction: anyCase(
    'What happens to denied packets: Drop says nothing to the sender, Reject does.',
    ['Drop', 'Reject'],
    'Drop',
  ),
  nftablesMangleAllowAction: anyCase('As nftablesFilterAllowAction, before routing.', ['Accept', 'Return'], 'Accept'),
  nftablesFlowTableOffload: storedOneOf(
    'All: established connections take a shorter way through the kernel.',
    ['All', 'Disabled'],
    'Disabled',
  ),
  nftablesFlowTableDataIfacePattern: string('Regular expression for further interfaces that the short way includes.'),

  iptablesBackend: anyCase(unused('which iptables to use.'), ['Auto', 'Legacy', 'NFT'], 'Auto'),
  chainInsertMode: anyCase(unused('where to put rules among those of others.'), ['Insert', 'Append'], 'Insert'),
  iptablesRefreshInterval: time(unused('how often iptables rules are checked.'), '3m0s'),
  iptablesPostWriteCheckInterval: time(unused('when written iptables rules are checked.'), '5s'),
  iptablesLockProbeInterval: time(unused('how often the lock of iptables is tried.'), '50ms'),
  iptablesMarkMask: markMask(unused('the mark bits for iptables.')),
  iptablesFilterAllowAction: anyCase(unused('what happens to allowed packets.'), ['Accept', 'Return'], 'Accept'),
  iptablesFilterDenyAction: anyCase(unused('what happens to denied packets.'), ['Drop', 'Reject'], 'Drop'),
  iptablesMangleAllowAction: anyCase(
    unused('what happens to allowed packets before routing.'),
    ['Accept', 'Return'],
    'Accept',
  ),
  iptablesNATOutgoingInterfaceFilter: string('Change source addresses only on this way out; all when absent.'),
  ipsetsRefreshInterval: time('How often sets in the kernel are checked; 0 for never.', '1m30s'),
  xdpEnabled: flag(unused('drop packets early with XDP.'), true),
  xdpRefreshInterval: time(unused('how often XDP programs are checked.'), '1m30s'),
  genericXDPEnabled: flag(unused('use XDP with drivers that lack it.'), false),
} as const
