import * as $protobuf from "protobufjs";

export namespace api {

    interface IEmpty extends api.Empty.$Properties {
    }

    class Empty {
        constructor(properties?: api.Empty.$Properties);
        $unknowns?: Uint8Array[];
        static encode(message: api.Empty.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Empty & api.Empty.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Empty {
        interface $Properties {
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Empty.$Properties;
    }

    interface ITimestamp extends api.Timestamp.$Properties {
    }

    class Timestamp {
        constructor(properties?: api.Timestamp.$Properties);
        $unknowns?: Uint8Array[];
        seconds: number;
        nanos: number;
        static encode(message: api.Timestamp.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Timestamp & api.Timestamp.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Timestamp {
        interface $Properties {
            seconds?: (number|null);
            nanos?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Timestamp.$Properties;
    }

    interface IFamily extends api.Family.$Properties {
    }

    class Family {
        constructor(properties?: api.Family.$Properties);
        $unknowns?: Uint8Array[];
        afi: number;
        safi: number;
        static encode(message: api.Family.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Family & api.Family.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Family {
        interface $Properties {
            afi?: (number|null);
            safi?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Family.$Properties;
    }

    interface IGlobal extends api.Global.$Properties {
    }

    class Global {
        constructor(properties?: api.Global.$Properties);
        $unknowns?: Uint8Array[];
        asn: number;
        routerId: string;
        listenPort: number;
        listenAddresses: string[];
        useMultiplePaths: boolean;
        static encode(message: api.Global.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Global & api.Global.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Global {
        interface $Properties {
            asn?: (number|null);
            routerId?: (string|null);
            listenPort?: (number|null);
            listenAddresses?: (string[]|null);
            useMultiplePaths?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Global.$Properties;
    }

    interface IStartBgpRequest extends api.StartBgpRequest.$Properties {
    }

    class StartBgpRequest {
        constructor(properties?: api.StartBgpRequest.$Properties);
        $unknowns?: Uint8Array[];
        global?: (api.Global.$Properties|null);
        static encode(message: api.StartBgpRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.StartBgpRequest & api.StartBgpRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace StartBgpRequest {
        interface $Properties {
            global?: (api.Global.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.StartBgpRequest.$Properties;
    }

    interface IStopBgpRequest extends api.StopBgpRequest.$Properties {
    }

    class StopBgpRequest {
        constructor(properties?: api.StopBgpRequest.$Properties);
        $unknowns?: Uint8Array[];
        allowGracefulRestart: boolean;
        static encode(message: api.StopBgpRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.StopBgpRequest & api.StopBgpRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace StopBgpRequest {
        interface $Properties {
            allowGracefulRestart?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.StopBgpRequest.$Properties;
    }

    interface IGetBgpResponse extends api.GetBgpResponse.$Properties {
    }

    class GetBgpResponse {
        constructor(properties?: api.GetBgpResponse.$Properties);
        $unknowns?: Uint8Array[];
        global?: (api.Global.$Properties|null);
        static encode(message: api.GetBgpResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.GetBgpResponse & api.GetBgpResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace GetBgpResponse {
        interface $Properties {
            global?: (api.Global.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.GetBgpResponse.$Properties;
    }

    enum SessionState {
        SESSION_STATE_UNSPECIFIED = 0,
        SESSION_STATE_IDLE = 1,
        SESSION_STATE_CONNECT = 2,
        SESSION_STATE_ACTIVE = 3,
        SESSION_STATE_OPENSENT = 4,
        SESSION_STATE_OPENCONFIRM = 5,
        SESSION_STATE_ESTABLISHED = 6
    }

    enum AdminState {
        ADMIN_STATE_UNSPECIFIED = 0,
        ADMIN_STATE_UP = 1,
        ADMIN_STATE_DOWN = 2,
        ADMIN_STATE_PFX_CT = 3
    }

    interface IPeer extends api.Peer.$Properties {
    }

    class Peer {
        constructor(properties?: api.Peer.$Properties);
        $unknowns?: Uint8Array[];
        conf?: (api.PeerConf.$Properties|null);
        ebgpMultihop?: (api.EbgpMultihop.$Properties|null);
        routeReflector?: (api.RouteReflector.$Properties|null);
        state?: (api.PeerState.$Properties|null);
        timers?: (api.Timers.$Properties|null);
        transport?: (api.Transport.$Properties|null);
        gracefulRestart?: (api.GracefulRestart.$Properties|null);
        afiSafis: api.AfiSafi.$Properties[];
        ttlSecurity?: (api.TtlSecurity.$Properties|null);
        static encode(message: api.Peer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Peer & api.Peer.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Peer {
        interface $Properties {
            conf?: (api.PeerConf.$Properties|null);
            ebgpMultihop?: (api.EbgpMultihop.$Properties|null);
            routeReflector?: (api.RouteReflector.$Properties|null);
            state?: (api.PeerState.$Properties|null);
            timers?: (api.Timers.$Properties|null);
            transport?: (api.Transport.$Properties|null);
            gracefulRestart?: (api.GracefulRestart.$Properties|null);
            afiSafis?: (api.AfiSafi.$Properties[]|null);
            ttlSecurity?: (api.TtlSecurity.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          conf?: api.PeerConf.$Shape|null;
          ebgpMultihop?: api.EbgpMultihop.$Shape|null;
          routeReflector?: api.RouteReflector.$Shape|null;
          state?: api.PeerState.$Shape|null;
          timers?: api.Timers.$Shape|null;
          transport?: api.Transport.$Shape|null;
          gracefulRestart?: api.GracefulRestart.$Shape|null;
          afiSafis?: api.AfiSafi.$Shape[]|null;
          ttlSecurity?: api.TtlSecurity.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IPeerConf extends api.PeerConf.$Properties {
    }

    class PeerConf {
        constructor(properties?: api.PeerConf.$Properties);
        $unknowns?: Uint8Array[];
        authPassword: string;
        description: string;
        localAsn: number;
        neighborAddress: string;
        peerAsn: number;
        allowOwnAsn: number;
        adminDown: boolean;
        sendSoftwareVersion: boolean;
        static encode(message: api.PeerConf.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.PeerConf & api.PeerConf.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace PeerConf {
        interface $Properties {
            authPassword?: (string|null);
            description?: (string|null);
            localAsn?: (number|null);
            neighborAddress?: (string|null);
            peerAsn?: (number|null);
            allowOwnAsn?: (number|null);
            adminDown?: (boolean|null);
            sendSoftwareVersion?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.PeerConf.$Properties;
    }

    interface IEbgpMultihop extends api.EbgpMultihop.$Properties {
    }

    class EbgpMultihop {
        constructor(properties?: api.EbgpMultihop.$Properties);
        $unknowns?: Uint8Array[];
        enabled: boolean;
        multihopTtl: number;
        static encode(message: api.EbgpMultihop.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.EbgpMultihop & api.EbgpMultihop.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace EbgpMultihop {
        interface $Properties {
            enabled?: (boolean|null);
            multihopTtl?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.EbgpMultihop.$Properties;
    }

    interface ITtlSecurity extends api.TtlSecurity.$Properties {
    }

    class TtlSecurity {
        constructor(properties?: api.TtlSecurity.$Properties);
        $unknowns?: Uint8Array[];
        enabled: boolean;
        ttlMin: number;
        static encode(message: api.TtlSecurity.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.TtlSecurity & api.TtlSecurity.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace TtlSecurity {
        interface $Properties {
            enabled?: (boolean|null);
            ttlMin?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.TtlSecurity.$Properties;
    }

    interface IRouteReflector extends api.RouteReflector.$Properties {
    }

    class RouteReflector {
        constructor(properties?: api.RouteReflector.$Properties);
        $unknowns?: Uint8Array[];
        routeReflectorClient: boolean;
        routeReflectorClusterId: string;
        static encode(message: api.RouteReflector.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.RouteReflector & api.RouteReflector.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace RouteReflector {
        interface $Properties {
            routeReflectorClient?: (boolean|null);
            routeReflectorClusterId?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.RouteReflector.$Properties;
    }

    interface IPeerState extends api.PeerState.$Properties {
    }

    class PeerState {
        constructor(properties?: api.PeerState.$Properties);
        $unknowns?: Uint8Array[];
        localAsn: number;
        messages?: (api.Messages.$Properties|null);
        neighborAddress: string;
        peerAsn: number;
        sessionState: api.SessionState;
        adminState: api.AdminState;
        flops: number;
        remoteCap: api.Capability.$Properties[];
        localCap: api.Capability.$Properties[];
        routerId: string;
        disconnectReason: number;
        disconnectMessage: string;
        static encode(message: api.PeerState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.PeerState & api.PeerState.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace PeerState {
        interface $Properties {
            localAsn?: (number|null);
            messages?: (api.Messages.$Properties|null);
            neighborAddress?: (string|null);
            peerAsn?: (number|null);
            sessionState?: (api.SessionState|null);
            adminState?: (api.AdminState|null);
            flops?: (number|null);
            remoteCap?: (api.Capability.$Properties[]|null);
            localCap?: (api.Capability.$Properties[]|null);
            routerId?: (string|null);
            disconnectReason?: (number|null);
            disconnectMessage?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          localAsn?: number|null;
          messages?: api.Messages.$Shape|null;
          neighborAddress?: string|null;
          peerAsn?: number|null;
          sessionState?: api.SessionState|null;
          adminState?: api.AdminState|null;
          flops?: number|null;
          remoteCap?: api.Capability.$Shape[]|null;
          localCap?: api.Capability.$Shape[]|null;
          routerId?: string|null;
          disconnectReason?: number|null;
          disconnectMessage?: string|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IMessages extends api.Messages.$Properties {
    }

    class Messages {
        constructor(properties?: api.Messages.$Properties);
        $unknowns?: Uint8Array[];
        sent?: (api.MessageCounts.$Properties|null);
        static encode(message: api.Messages.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Messages & api.Messages.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Messages {
        interface $Properties {
            sent?: (api.MessageCounts.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Messages.$Properties;
    }

    interface IMessageCounts extends api.MessageCounts.$Properties {
    }

    class MessageCounts {
        constructor(properties?: api.MessageCounts.$Properties);
        $unknowns?: Uint8Array[];
        update: number;
        static encode(message: api.MessageCounts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.MessageCounts & api.MessageCounts.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace MessageCounts {
        interface $Properties {
            update?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.MessageCounts.$Properties;
    }

    interface ICapability extends api.Capability.$Properties {
    }

    class Capability {
        constructor(properties?: api.Capability.$Properties);
        $unknowns?: Uint8Array[];
        gracefulRestart?: (api.GracefulRestartCapability.$Properties|null);
        softwareVersion?: (api.SoftwareVersionCapability.$Properties|null);
        cap?: ("gracefulRestart"|"softwareVersion");
        static encode(message: api.Capability.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Capability & api.Capability.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Capability {
        interface $Properties {
            gracefulRestart?: (api.GracefulRestartCapability.$Properties|null);
            softwareVersion?: (api.SoftwareVersionCapability.$Properties|null);
            cap?: ("gracefulRestart"|"softwareVersion");
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          gracefulRestart?: api.GracefulRestartCapability.$Shape|null;
          softwareVersion?: api.SoftwareVersionCapability.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ cap?: undefined; gracefulRestart?: null; softwareVersion?: null }|{ cap?: "gracefulRestart"; gracefulRestart: api.GracefulRestartCapability.$Shape; softwareVersion?: null }|{ cap?: "softwareVersion"; gracefulRestart?: null; softwareVersion: api.SoftwareVersionCapability.$Shape })
        );
    }

    interface IGracefulRestartCapability extends api.GracefulRestartCapability.$Properties {
    }

    class GracefulRestartCapability {
        constructor(properties?: api.GracefulRestartCapability.$Properties);
        $unknowns?: Uint8Array[];
        flags: number;
        time: number;
        static encode(message: api.GracefulRestartCapability.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.GracefulRestartCapability & api.GracefulRestartCapability.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace GracefulRestartCapability {
        interface $Properties {
            flags?: (number|null);
            time?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.GracefulRestartCapability.$Properties;
    }

    interface ISoftwareVersionCapability extends api.SoftwareVersionCapability.$Properties {
    }

    class SoftwareVersionCapability {
        constructor(properties?: api.SoftwareVersionCapability.$Properties);
        $unknowns?: Uint8Array[];
        softwareVersion: string;
        static encode(message: api.SoftwareVersionCapability.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.SoftwareVersionCapability & api.SoftwareVersionCapability.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace SoftwareVersionCapability {
        interface $Properties {
            softwareVersion?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.SoftwareVersionCapability.$Properties;
    }

    interface ITimers extends api.Timers.$Properties {
    }

    class Timers {
        constructor(properties?: api.Timers.$Properties);
        $unknowns?: Uint8Array[];
        config?: (api.TimersConfig.$Properties|null);
        state?: (api.TimersState.$Properties|null);
        static encode(message: api.Timers.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Timers & api.Timers.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Timers {
        interface $Properties {
            config?: (api.TimersConfig.$Properties|null);
            state?: (api.TimersState.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Timers.$Properties;
    }

    interface ITimersConfig extends api.TimersConfig.$Properties {
    }

    class TimersConfig {
        constructor(properties?: api.TimersConfig.$Properties);
        $unknowns?: Uint8Array[];
        connectRetry: number;
        holdTime: number;
        keepaliveInterval: number;
        idleHoldTimeAfterReset: number;
        static encode(message: api.TimersConfig.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.TimersConfig & api.TimersConfig.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace TimersConfig {
        interface $Properties {
            connectRetry?: (number|null);
            holdTime?: (number|null);
            keepaliveInterval?: (number|null);
            idleHoldTimeAfterReset?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.TimersConfig.$Properties;
    }

    interface ITimersState extends api.TimersState.$Properties {
    }

    class TimersState {
        constructor(properties?: api.TimersState.$Properties);
        $unknowns?: Uint8Array[];
        uptime?: (api.Timestamp.$Properties|null);
        downtime?: (api.Timestamp.$Properties|null);
        static encode(message: api.TimersState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.TimersState & api.TimersState.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace TimersState {
        interface $Properties {
            uptime?: (api.Timestamp.$Properties|null);
            downtime?: (api.Timestamp.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.TimersState.$Properties;
    }

    interface ITransport extends api.Transport.$Properties {
    }

    class Transport {
        constructor(properties?: api.Transport.$Properties);
        $unknowns?: Uint8Array[];
        localAddress: string;
        localPort: number;
        passiveMode: boolean;
        remoteAddress: string;
        remotePort: number;
        static encode(message: api.Transport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Transport & api.Transport.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Transport {
        interface $Properties {
            localAddress?: (string|null);
            localPort?: (number|null);
            passiveMode?: (boolean|null);
            remoteAddress?: (string|null);
            remotePort?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Transport.$Properties;
    }

    interface IGracefulRestart extends api.GracefulRestart.$Properties {
    }

    class GracefulRestart {
        constructor(properties?: api.GracefulRestart.$Properties);
        $unknowns?: Uint8Array[];
        enabled: boolean;
        restartTime: number;
        helperOnly: boolean;
        deferralTime: number;
        notificationEnabled: boolean;
        peerRestarting: boolean;
        localRestarting: boolean;
        static encode(message: api.GracefulRestart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.GracefulRestart & api.GracefulRestart.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace GracefulRestart {
        interface $Properties {
            enabled?: (boolean|null);
            restartTime?: (number|null);
            helperOnly?: (boolean|null);
            deferralTime?: (number|null);
            notificationEnabled?: (boolean|null);
            peerRestarting?: (boolean|null);
            localRestarting?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.GracefulRestart.$Properties;
    }

    interface IAfiSafi extends api.AfiSafi.$Properties {
    }

    class AfiSafi {
        constructor(properties?: api.AfiSafi.$Properties);
        $unknowns?: Uint8Array[];
        mpGracefulRestart?: (api.MpGracefulRestart.$Properties|null);
        config?: (api.AfiSafiConfig.$Properties|null);
        state?: (api.AfiSafiState.$Properties|null);
        static encode(message: api.AfiSafi.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AfiSafi & api.AfiSafi.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AfiSafi {
        interface $Properties {
            mpGracefulRestart?: (api.MpGracefulRestart.$Properties|null);
            config?: (api.AfiSafiConfig.$Properties|null);
            state?: (api.AfiSafiState.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.AfiSafi.$Properties;
    }

    interface IMpGracefulRestart extends api.MpGracefulRestart.$Properties {
    }

    class MpGracefulRestart {
        constructor(properties?: api.MpGracefulRestart.$Properties);
        $unknowns?: Uint8Array[];
        config?: (api.MpGracefulRestartConfig.$Properties|null);
        state?: (api.MpGracefulRestartState.$Properties|null);
        static encode(message: api.MpGracefulRestart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.MpGracefulRestart & api.MpGracefulRestart.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace MpGracefulRestart {
        interface $Properties {
            config?: (api.MpGracefulRestartConfig.$Properties|null);
            state?: (api.MpGracefulRestartState.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.MpGracefulRestart.$Properties;
    }

    interface IMpGracefulRestartConfig extends api.MpGracefulRestartConfig.$Properties {
    }

    class MpGracefulRestartConfig {
        constructor(properties?: api.MpGracefulRestartConfig.$Properties);
        $unknowns?: Uint8Array[];
        enabled: boolean;
        static encode(message: api.MpGracefulRestartConfig.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.MpGracefulRestartConfig & api.MpGracefulRestartConfig.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace MpGracefulRestartConfig {
        interface $Properties {
            enabled?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.MpGracefulRestartConfig.$Properties;
    }

    interface IMpGracefulRestartState extends api.MpGracefulRestartState.$Properties {
    }

    class MpGracefulRestartState {
        constructor(properties?: api.MpGracefulRestartState.$Properties);
        $unknowns?: Uint8Array[];
        enabled: boolean;
        received: boolean;
        advertised: boolean;
        endOfRibReceived: boolean;
        endOfRibSent: boolean;
        running: boolean;
        static encode(message: api.MpGracefulRestartState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.MpGracefulRestartState & api.MpGracefulRestartState.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace MpGracefulRestartState {
        interface $Properties {
            enabled?: (boolean|null);
            received?: (boolean|null);
            advertised?: (boolean|null);
            endOfRibReceived?: (boolean|null);
            endOfRibSent?: (boolean|null);
            running?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.MpGracefulRestartState.$Properties;
    }

    interface IAfiSafiConfig extends api.AfiSafiConfig.$Properties {
    }

    class AfiSafiConfig {
        constructor(properties?: api.AfiSafiConfig.$Properties);
        $unknowns?: Uint8Array[];
        family?: (api.Family.$Properties|null);
        enabled: boolean;
        static encode(message: api.AfiSafiConfig.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AfiSafiConfig & api.AfiSafiConfig.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AfiSafiConfig {
        interface $Properties {
            family?: (api.Family.$Properties|null);
            enabled?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.AfiSafiConfig.$Properties;
    }

    interface IAfiSafiState extends api.AfiSafiState.$Properties {
    }

    class AfiSafiState {
        constructor(properties?: api.AfiSafiState.$Properties);
        $unknowns?: Uint8Array[];
        family?: (api.Family.$Properties|null);
        received: number;
        accepted: number;
        advertised: number;
        static encode(message: api.AfiSafiState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AfiSafiState & api.AfiSafiState.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AfiSafiState {
        interface $Properties {
            family?: (api.Family.$Properties|null);
            received?: (number|null);
            accepted?: (number|null);
            advertised?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.AfiSafiState.$Properties;
    }

    interface IAddPeerRequest extends api.AddPeerRequest.$Properties {
    }

    class AddPeerRequest {
        constructor(properties?: api.AddPeerRequest.$Properties);
        $unknowns?: Uint8Array[];
        peer?: (api.Peer.$Properties|null);
        static encode(message: api.AddPeerRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AddPeerRequest & api.AddPeerRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AddPeerRequest {
        interface $Properties {
            peer?: (api.Peer.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          peer?: api.Peer.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IDeletePeerRequest extends api.DeletePeerRequest.$Properties {
    }

    class DeletePeerRequest {
        constructor(properties?: api.DeletePeerRequest.$Properties);
        $unknowns?: Uint8Array[];
        address: string;
        static encode(message: api.DeletePeerRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.DeletePeerRequest & api.DeletePeerRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace DeletePeerRequest {
        interface $Properties {
            address?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.DeletePeerRequest.$Properties;
    }

    interface IUpdatePeerRequest extends api.UpdatePeerRequest.$Properties {
    }

    class UpdatePeerRequest {
        constructor(properties?: api.UpdatePeerRequest.$Properties);
        $unknowns?: Uint8Array[];
        peer?: (api.Peer.$Properties|null);
        static encode(message: api.UpdatePeerRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.UpdatePeerRequest & api.UpdatePeerRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace UpdatePeerRequest {
        interface $Properties {
            peer?: (api.Peer.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          peer?: api.Peer.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IUpdatePeerResponse extends api.UpdatePeerResponse.$Properties {
    }

    class UpdatePeerResponse {
        constructor(properties?: api.UpdatePeerResponse.$Properties);
        $unknowns?: Uint8Array[];
        needsSoftResetIn: boolean;
        static encode(message: api.UpdatePeerResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.UpdatePeerResponse & api.UpdatePeerResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace UpdatePeerResponse {
        interface $Properties {
            needsSoftResetIn?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.UpdatePeerResponse.$Properties;
    }

    interface IListPeerRequest extends api.ListPeerRequest.$Properties {
    }

    class ListPeerRequest {
        constructor(properties?: api.ListPeerRequest.$Properties);
        $unknowns?: Uint8Array[];
        address: string;
        enableAdvertised: boolean;
        static encode(message: api.ListPeerRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPeerRequest & api.ListPeerRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPeerRequest {
        interface $Properties {
            address?: (string|null);
            enableAdvertised?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListPeerRequest.$Properties;
    }

    interface IListPeerResponse extends api.ListPeerResponse.$Properties {
    }

    class ListPeerResponse {
        constructor(properties?: api.ListPeerResponse.$Properties);
        $unknowns?: Uint8Array[];
        peer?: (api.Peer.$Properties|null);
        static encode(message: api.ListPeerResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPeerResponse & api.ListPeerResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPeerResponse {
        interface $Properties {
            peer?: (api.Peer.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          peer?: api.Peer.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    enum ResetDirection {
        DIRECTION_UNSPECIFIED = 0,
        DIRECTION_IN = 1,
        DIRECTION_OUT = 2,
        DIRECTION_BOTH = 3
    }

    interface IResetPeerRequest extends api.ResetPeerRequest.$Properties {
    }

    class ResetPeerRequest {
        constructor(properties?: api.ResetPeerRequest.$Properties);
        $unknowns?: Uint8Array[];
        address: string;
        communication: string;
        soft: boolean;
        direction: api.ResetDirection;
        static encode(message: api.ResetPeerRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ResetPeerRequest & api.ResetPeerRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ResetPeerRequest {
        interface $Properties {
            address?: (string|null);
            communication?: (string|null);
            soft?: (boolean|null);
            direction?: (api.ResetDirection|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ResetPeerRequest.$Properties;
    }

    enum TableType {
        TABLE_TYPE_UNSPECIFIED = 0,
        TABLE_TYPE_GLOBAL = 1,
        TABLE_TYPE_LOCAL = 2,
        TABLE_TYPE_ADJ_IN = 3,
        TABLE_TYPE_ADJ_OUT = 4
    }

    interface INlri extends api.Nlri.$Properties {
    }

    class Nlri {
        constructor(properties?: api.Nlri.$Properties);
        $unknowns?: Uint8Array[];
        prefix?: (api.IpAddressPrefix.$Properties|null);
        nlri?: "prefix";
        static encode(message: api.Nlri.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Nlri & api.Nlri.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Nlri {
        interface $Properties {
            prefix?: (api.IpAddressPrefix.$Properties|null);
            nlri?: "prefix";
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          prefix?: api.IpAddressPrefix.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ nlri?: undefined; prefix?: null }|{ nlri?: "prefix"; prefix: api.IpAddressPrefix.$Shape })
        );
    }

    interface IIpAddressPrefix extends api.IpAddressPrefix.$Properties {
    }

    class IpAddressPrefix {
        constructor(properties?: api.IpAddressPrefix.$Properties);
        $unknowns?: Uint8Array[];
        prefixLen: number;
        prefix: string;
        static encode(message: api.IpAddressPrefix.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.IpAddressPrefix & api.IpAddressPrefix.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace IpAddressPrefix {
        interface $Properties {
            prefixLen?: (number|null);
            prefix?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.IpAddressPrefix.$Properties;
    }

    interface IAttribute extends api.Attribute.$Properties {
    }

    class Attribute {
        constructor(properties?: api.Attribute.$Properties);
        $unknowns?: Uint8Array[];
        origin?: (api.OriginAttribute.$Properties|null);
        asPath?: (api.AsPathAttribute.$Properties|null);
        nextHop?: (api.NextHopAttribute.$Properties|null);
        mpReach?: (api.MpReachAttribute.$Properties|null);
        attr?: ("origin"|"asPath"|"nextHop"|"mpReach");
        static encode(message: api.Attribute.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Attribute & api.Attribute.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Attribute {
        interface $Properties {
            origin?: (api.OriginAttribute.$Properties|null);
            asPath?: (api.AsPathAttribute.$Properties|null);
            nextHop?: (api.NextHopAttribute.$Properties|null);
            mpReach?: (api.MpReachAttribute.$Properties|null);
            attr?: ("origin"|"asPath"|"nextHop"|"mpReach");
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          origin?: api.OriginAttribute.$Shape|null;
          asPath?: api.AsPathAttribute.$Shape|null;
          nextHop?: api.NextHopAttribute.$Shape|null;
          mpReach?: api.MpReachAttribute.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ attr?: undefined; origin?: null; asPath?: null; nextHop?: null; mpReach?: null }|{ attr?: "origin"; origin: api.OriginAttribute.$Shape; asPath?: null; nextHop?: null; mpReach?: null }|{ attr?: "asPath"; origin?: null; asPath: api.AsPathAttribute.$Shape; nextHop?: null; mpReach?: null }|{ attr?: "nextHop"; origin?: null; asPath?: null; nextHop: api.NextHopAttribute.$Shape; mpReach?: null }|{ attr?: "mpReach"; origin?: null; asPath?: null; nextHop?: null; mpReach: api.MpReachAttribute.$Shape })
        );
    }

    interface IOriginAttribute extends api.OriginAttribute.$Properties {
    }

    class OriginAttribute {
        constructor(properties?: api.OriginAttribute.$Properties);
        $unknowns?: Uint8Array[];
        origin: number;
        static encode(message: api.OriginAttribute.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.OriginAttribute & api.OriginAttribute.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace OriginAttribute {
        interface $Properties {
            origin?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.OriginAttribute.$Properties;
    }

    interface IAsSegment extends api.AsSegment.$Properties {
    }

    class AsSegment {
        constructor(properties?: api.AsSegment.$Properties);
        $unknowns?: Uint8Array[];
        type: number;
        numbers: number[];
        static encode(message: api.AsSegment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AsSegment & api.AsSegment.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AsSegment {
        interface $Properties {
            type?: (number|null);
            numbers?: (number[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.AsSegment.$Properties;
    }

    interface IAsPathAttribute extends api.AsPathAttribute.$Properties {
    }

    class AsPathAttribute {
        constructor(properties?: api.AsPathAttribute.$Properties);
        $unknowns?: Uint8Array[];
        segments: api.AsSegment.$Properties[];
        static encode(message: api.AsPathAttribute.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AsPathAttribute & api.AsPathAttribute.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AsPathAttribute {
        interface $Properties {
            segments?: (api.AsSegment.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.AsPathAttribute.$Properties;
    }

    interface INextHopAttribute extends api.NextHopAttribute.$Properties {
    }

    class NextHopAttribute {
        constructor(properties?: api.NextHopAttribute.$Properties);
        $unknowns?: Uint8Array[];
        nextHop: string;
        static encode(message: api.NextHopAttribute.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.NextHopAttribute & api.NextHopAttribute.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace NextHopAttribute {
        interface $Properties {
            nextHop?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.NextHopAttribute.$Properties;
    }

    interface IMpReachAttribute extends api.MpReachAttribute.$Properties {
    }

    class MpReachAttribute {
        constructor(properties?: api.MpReachAttribute.$Properties);
        $unknowns?: Uint8Array[];
        family?: (api.Family.$Properties|null);
        nextHops: string[];
        nlris: api.Nlri.$Properties[];
        static encode(message: api.MpReachAttribute.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.MpReachAttribute & api.MpReachAttribute.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace MpReachAttribute {
        interface $Properties {
            family?: (api.Family.$Properties|null);
            nextHops?: (string[]|null);
            nlris?: (api.Nlri.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          family?: api.Family.$Shape|null;
          nextHops?: string[]|null;
          nlris?: api.Nlri.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IPath extends api.Path.$Properties {
    }

    class Path {
        constructor(properties?: api.Path.$Properties);
        $unknowns?: Uint8Array[];
        nlri?: (api.Nlri.$Properties|null);
        pattrs: api.Attribute.$Properties[];
        best: boolean;
        isWithdraw: boolean;
        family?: (api.Family.$Properties|null);
        sourceAsn: number;
        sourceId: string;
        filtered: boolean;
        stale: boolean;
        neighborIp: string;
        identifier: number;
        static encode(message: api.Path.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Path & api.Path.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Path {
        interface $Properties {
            nlri?: (api.Nlri.$Properties|null);
            pattrs?: (api.Attribute.$Properties[]|null);
            best?: (boolean|null);
            isWithdraw?: (boolean|null);
            family?: (api.Family.$Properties|null);
            sourceAsn?: (number|null);
            sourceId?: (string|null);
            filtered?: (boolean|null);
            stale?: (boolean|null);
            neighborIp?: (string|null);
            identifier?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          nlri?: api.Nlri.$Shape|null;
          pattrs?: api.Attribute.$Shape[]|null;
          best?: boolean|null;
          isWithdraw?: boolean|null;
          family?: api.Family.$Shape|null;
          sourceAsn?: number|null;
          sourceId?: string|null;
          filtered?: boolean|null;
          stale?: boolean|null;
          neighborIp?: string|null;
          identifier?: number|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IDestination extends api.Destination.$Properties {
    }

    class Destination {
        constructor(properties?: api.Destination.$Properties);
        $unknowns?: Uint8Array[];
        prefix: string;
        paths: api.Path.$Properties[];
        static encode(message: api.Destination.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Destination & api.Destination.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Destination {
        interface $Properties {
            prefix?: (string|null);
            paths?: (api.Path.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          prefix?: string|null;
          paths?: api.Path.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IAddPathStreamRequest extends api.AddPathStreamRequest.$Properties {
    }

    class AddPathStreamRequest {
        constructor(properties?: api.AddPathStreamRequest.$Properties);
        $unknowns?: Uint8Array[];
        tableType: api.TableType;
        paths: api.Path.$Properties[];
        static encode(message: api.AddPathStreamRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.AddPathStreamRequest & api.AddPathStreamRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace AddPathStreamRequest {
        interface $Properties {
            tableType?: (api.TableType|null);
            paths?: (api.Path.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          tableType?: api.TableType|null;
          paths?: api.Path.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IDeletePathRequest extends api.DeletePathRequest.$Properties {
    }

    class DeletePathRequest {
        constructor(properties?: api.DeletePathRequest.$Properties);
        $unknowns?: Uint8Array[];
        tableType: api.TableType;
        family?: (api.Family.$Properties|null);
        path?: (api.Path.$Properties|null);
        static encode(message: api.DeletePathRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.DeletePathRequest & api.DeletePathRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace DeletePathRequest {
        interface $Properties {
            tableType?: (api.TableType|null);
            family?: (api.Family.$Properties|null);
            path?: (api.Path.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          tableType?: api.TableType|null;
          family?: api.Family.$Shape|null;
          path?: api.Path.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    enum LookupType {
        LOOKUP_UNSPECIFIED = 0,
        LOOKUP_EXACT = 1,
        LOOKUP_LONGER = 2,
        LOOKUP_SHORTER = 3
    }

    interface ITableLookupPrefix extends api.TableLookupPrefix.$Properties {
    }

    class TableLookupPrefix {
        constructor(properties?: api.TableLookupPrefix.$Properties);
        $unknowns?: Uint8Array[];
        prefix: string;
        type: api.LookupType;
        static encode(message: api.TableLookupPrefix.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.TableLookupPrefix & api.TableLookupPrefix.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace TableLookupPrefix {
        interface $Properties {
            prefix?: (string|null);
            type?: (api.LookupType|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.TableLookupPrefix.$Properties;
    }

    interface IListPathRequest extends api.ListPathRequest.$Properties {
    }

    class ListPathRequest {
        constructor(properties?: api.ListPathRequest.$Properties);
        $unknowns?: Uint8Array[];
        tableType: api.TableType;
        name: string;
        family?: (api.Family.$Properties|null);
        prefixes: api.TableLookupPrefix.$Properties[];
        enableFiltered: boolean;
        batchSize: number;
        static encode(message: api.ListPathRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPathRequest & api.ListPathRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPathRequest {
        interface $Properties {
            tableType?: (api.TableType|null);
            name?: (string|null);
            family?: (api.Family.$Properties|null);
            prefixes?: (api.TableLookupPrefix.$Properties[]|null);
            enableFiltered?: (boolean|null);
            batchSize?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListPathRequest.$Properties;
    }

    interface IListPathResponse extends api.ListPathResponse.$Properties {
    }

    class ListPathResponse {
        constructor(properties?: api.ListPathResponse.$Properties);
        $unknowns?: Uint8Array[];
        destination?: (api.Destination.$Properties|null);
        static encode(message: api.ListPathResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPathResponse & api.ListPathResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPathResponse {
        interface $Properties {
            destination?: (api.Destination.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          destination?: api.Destination.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IGetTableRequest extends api.GetTableRequest.$Properties {
    }

    class GetTableRequest {
        constructor(properties?: api.GetTableRequest.$Properties);
        $unknowns?: Uint8Array[];
        tableType: api.TableType;
        family?: (api.Family.$Properties|null);
        static encode(message: api.GetTableRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.GetTableRequest & api.GetTableRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace GetTableRequest {
        interface $Properties {
            tableType?: (api.TableType|null);
            family?: (api.Family.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.GetTableRequest.$Properties;
    }

    interface IGetTableResponse extends api.GetTableResponse.$Properties {
    }

    class GetTableResponse {
        constructor(properties?: api.GetTableResponse.$Properties);
        $unknowns?: Uint8Array[];
        numPath: number;
        static encode(message: api.GetTableResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.GetTableResponse & api.GetTableResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace GetTableResponse {
        interface $Properties {
            numPath?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.GetTableResponse.$Properties;
    }

    enum DefinedType {
        DEFINED_TYPE_UNSPECIFIED = 0,
        DEFINED_TYPE_PREFIX = 1,
        DEFINED_TYPE_NEIGHBOR = 2
    }

    interface IPrefix extends api.Prefix.$Properties {
    }

    class Prefix {
        constructor(properties?: api.Prefix.$Properties);
        $unknowns?: Uint8Array[];
        ipPrefix: string;
        maskLengthMin: number;
        maskLengthMax: number;
        static encode(message: api.Prefix.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Prefix & api.Prefix.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Prefix {
        interface $Properties {
            ipPrefix?: (string|null);
            maskLengthMin?: (number|null);
            maskLengthMax?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Prefix.$Properties;
    }

    interface IDefinedSet extends api.DefinedSet.$Properties {
    }

    class DefinedSet {
        constructor(properties?: api.DefinedSet.$Properties);
        $unknowns?: Uint8Array[];
        definedType: api.DefinedType;
        name: string;
        list: string[];
        prefixes: api.Prefix.$Properties[];
        static encode(message: api.DefinedSet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.DefinedSet & api.DefinedSet.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace DefinedSet {
        interface $Properties {
            definedType?: (api.DefinedType|null);
            name?: (string|null);
            list?: (string[]|null);
            prefixes?: (api.Prefix.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.DefinedSet.$Properties;
    }

    enum MatchType {
        MATCH_TYPE_UNSPECIFIED = 0,
        MATCH_TYPE_ANY = 1,
        MATCH_TYPE_ALL = 2,
        MATCH_TYPE_INVERT = 3
    }

    interface IMatchSet extends api.MatchSet.$Properties {
    }

    class MatchSet {
        constructor(properties?: api.MatchSet.$Properties);
        $unknowns?: Uint8Array[];
        type: api.MatchType;
        name: string;
        static encode(message: api.MatchSet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.MatchSet & api.MatchSet.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace MatchSet {
        interface $Properties {
            type?: (api.MatchType|null);
            name?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.MatchSet.$Properties;
    }

    enum RouteType {
        ROUTE_TYPE_UNSPECIFIED = 0,
        ROUTE_TYPE_INTERNAL = 1,
        ROUTE_TYPE_EXTERNAL = 2,
        ROUTE_TYPE_LOCAL = 3
    }

    interface IConditions extends api.Conditions.$Properties {
    }

    class Conditions {
        constructor(properties?: api.Conditions.$Properties);
        $unknowns?: Uint8Array[];
        prefixSet?: (api.MatchSet.$Properties|null);
        neighborSet?: (api.MatchSet.$Properties|null);
        routeType: api.RouteType;
        static encode(message: api.Conditions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Conditions & api.Conditions.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Conditions {
        interface $Properties {
            prefixSet?: (api.MatchSet.$Properties|null);
            neighborSet?: (api.MatchSet.$Properties|null);
            routeType?: (api.RouteType|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Conditions.$Properties;
    }

    enum RouteAction {
        ROUTE_ACTION_UNSPECIFIED = 0,
        ROUTE_ACTION_ACCEPT = 1,
        ROUTE_ACTION_REJECT = 2
    }

    interface INexthopAction extends api.NexthopAction.$Properties {
    }

    class NexthopAction {
        constructor(properties?: api.NexthopAction.$Properties);
        $unknowns?: Uint8Array[];
        address: string;
        self: boolean;
        unchanged: boolean;
        static encode(message: api.NexthopAction.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.NexthopAction & api.NexthopAction.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace NexthopAction {
        interface $Properties {
            address?: (string|null);
            self?: (boolean|null);
            unchanged?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.NexthopAction.$Properties;
    }

    interface IActions extends api.Actions.$Properties {
    }

    class Actions {
        constructor(properties?: api.Actions.$Properties);
        $unknowns?: Uint8Array[];
        routeAction: api.RouteAction;
        nexthop?: (api.NexthopAction.$Properties|null);
        static encode(message: api.Actions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Actions & api.Actions.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Actions {
        interface $Properties {
            routeAction?: (api.RouteAction|null);
            nexthop?: (api.NexthopAction.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Actions.$Properties;
    }

    interface IStatement extends api.Statement.$Properties {
    }

    class Statement {
        constructor(properties?: api.Statement.$Properties);
        $unknowns?: Uint8Array[];
        name: string;
        conditions?: (api.Conditions.$Properties|null);
        actions?: (api.Actions.$Properties|null);
        static encode(message: api.Statement.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Statement & api.Statement.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Statement {
        interface $Properties {
            name?: (string|null);
            conditions?: (api.Conditions.$Properties|null);
            actions?: (api.Actions.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Statement.$Properties;
    }

    interface IPolicy extends api.Policy.$Properties {
    }

    class Policy {
        constructor(properties?: api.Policy.$Properties);
        $unknowns?: Uint8Array[];
        name: string;
        statements: api.Statement.$Properties[];
        static encode(message: api.Policy.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.Policy & api.Policy.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace Policy {
        interface $Properties {
            name?: (string|null);
            statements?: (api.Statement.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.Policy.$Properties;
    }

    enum PolicyDirection {
        POLICY_DIRECTION_UNSPECIFIED = 0,
        POLICY_DIRECTION_IMPORT = 1,
        POLICY_DIRECTION_EXPORT = 2
    }

    interface IPolicyAssignment extends api.PolicyAssignment.$Properties {
    }

    class PolicyAssignment {
        constructor(properties?: api.PolicyAssignment.$Properties);
        $unknowns?: Uint8Array[];
        name: string;
        direction: api.PolicyDirection;
        policies: api.Policy.$Properties[];
        defaultAction: api.RouteAction;
        static encode(message: api.PolicyAssignment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.PolicyAssignment & api.PolicyAssignment.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace PolicyAssignment {
        interface $Properties {
            name?: (string|null);
            direction?: (api.PolicyDirection|null);
            policies?: (api.Policy.$Properties[]|null);
            defaultAction?: (api.RouteAction|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.PolicyAssignment.$Properties;
    }

    interface ISetPoliciesRequest extends api.SetPoliciesRequest.$Properties {
    }

    class SetPoliciesRequest {
        constructor(properties?: api.SetPoliciesRequest.$Properties);
        $unknowns?: Uint8Array[];
        definedSets: api.DefinedSet.$Properties[];
        policies: api.Policy.$Properties[];
        static encode(message: api.SetPoliciesRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.SetPoliciesRequest & api.SetPoliciesRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace SetPoliciesRequest {
        interface $Properties {
            definedSets?: (api.DefinedSet.$Properties[]|null);
            policies?: (api.Policy.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.SetPoliciesRequest.$Properties;
    }

    interface IListPolicyRequest extends api.ListPolicyRequest.$Properties {
    }

    class ListPolicyRequest {
        constructor(properties?: api.ListPolicyRequest.$Properties);
        $unknowns?: Uint8Array[];
        name: string;
        static encode(message: api.ListPolicyRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPolicyRequest & api.ListPolicyRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPolicyRequest {
        interface $Properties {
            name?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListPolicyRequest.$Properties;
    }

    interface IListPolicyResponse extends api.ListPolicyResponse.$Properties {
    }

    class ListPolicyResponse {
        constructor(properties?: api.ListPolicyResponse.$Properties);
        $unknowns?: Uint8Array[];
        policy?: (api.Policy.$Properties|null);
        static encode(message: api.ListPolicyResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPolicyResponse & api.ListPolicyResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPolicyResponse {
        interface $Properties {
            policy?: (api.Policy.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListPolicyResponse.$Properties;
    }

    interface IListDefinedSetRequest extends api.ListDefinedSetRequest.$Properties {
    }

    class ListDefinedSetRequest {
        constructor(properties?: api.ListDefinedSetRequest.$Properties);
        $unknowns?: Uint8Array[];
        definedType: api.DefinedType;
        name: string;
        static encode(message: api.ListDefinedSetRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListDefinedSetRequest & api.ListDefinedSetRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListDefinedSetRequest {
        interface $Properties {
            definedType?: (api.DefinedType|null);
            name?: (string|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListDefinedSetRequest.$Properties;
    }

    interface IListDefinedSetResponse extends api.ListDefinedSetResponse.$Properties {
    }

    class ListDefinedSetResponse {
        constructor(properties?: api.ListDefinedSetResponse.$Properties);
        $unknowns?: Uint8Array[];
        definedSet?: (api.DefinedSet.$Properties|null);
        static encode(message: api.ListDefinedSetResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListDefinedSetResponse & api.ListDefinedSetResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListDefinedSetResponse {
        interface $Properties {
            definedSet?: (api.DefinedSet.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListDefinedSetResponse.$Properties;
    }

    interface IPolicyAssignmentRequest extends api.PolicyAssignmentRequest.$Properties {
    }

    class PolicyAssignmentRequest {
        constructor(properties?: api.PolicyAssignmentRequest.$Properties);
        $unknowns?: Uint8Array[];
        assignment?: (api.PolicyAssignment.$Properties|null);
        static encode(message: api.PolicyAssignmentRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.PolicyAssignmentRequest & api.PolicyAssignmentRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace PolicyAssignmentRequest {
        interface $Properties {
            assignment?: (api.PolicyAssignment.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.PolicyAssignmentRequest.$Properties;
    }

    interface IListPolicyAssignmentRequest extends api.ListPolicyAssignmentRequest.$Properties {
    }

    class ListPolicyAssignmentRequest {
        constructor(properties?: api.ListPolicyAssignmentRequest.$Properties);
        $unknowns?: Uint8Array[];
        name: string;
        direction: api.PolicyDirection;
        static encode(message: api.ListPolicyAssignmentRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.ListPolicyAssignmentRequest & api.ListPolicyAssignmentRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace ListPolicyAssignmentRequest {
        interface $Properties {
            name?: (string|null);
            direction?: (api.PolicyDirection|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.ListPolicyAssignmentRequest.$Properties;
    }

    interface IPolicyAssignmentResponse extends api.PolicyAssignmentResponse.$Properties {
    }

    class PolicyAssignmentResponse {
        constructor(properties?: api.PolicyAssignmentResponse.$Properties);
        $unknowns?: Uint8Array[];
        assignment?: (api.PolicyAssignment.$Properties|null);
        static encode(message: api.PolicyAssignmentResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.PolicyAssignmentResponse & api.PolicyAssignmentResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace PolicyAssignmentResponse {
        interface $Properties {
            assignment?: (api.PolicyAssignment.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.PolicyAssignmentResponse.$Properties;
    }

    enum FilterType {
        FILTER_UNSPECIFIED = 0,
        FILTER_BEST = 1,
        FILTER_ADJIN = 2,
        FILTER_POST_POLICY = 3,
        FILTER_EOR = 4
    }

    interface IWatchFilter extends api.WatchFilter.$Properties {
    }

    class WatchFilter {
        constructor(properties?: api.WatchFilter.$Properties);
        $unknowns?: Uint8Array[];
        type: api.FilterType;
        init: boolean;
        static encode(message: api.WatchFilter.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.WatchFilter & api.WatchFilter.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace WatchFilter {
        interface $Properties {
            type?: (api.FilterType|null);
            init?: (boolean|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.WatchFilter.$Properties;
    }

    interface IWatchPeer extends api.WatchPeer.$Properties {
    }

    class WatchPeer {
        constructor(properties?: api.WatchPeer.$Properties);
        $unknowns?: Uint8Array[];
        static encode(message: api.WatchPeer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.WatchPeer & api.WatchPeer.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace WatchPeer {
        interface $Properties {
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.WatchPeer.$Properties;
    }

    interface IWatchTable extends api.WatchTable.$Properties {
    }

    class WatchTable {
        constructor(properties?: api.WatchTable.$Properties);
        $unknowns?: Uint8Array[];
        filters: api.WatchFilter.$Properties[];
        static encode(message: api.WatchTable.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.WatchTable & api.WatchTable.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace WatchTable {
        interface $Properties {
            filters?: (api.WatchFilter.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.WatchTable.$Properties;
    }

    interface IWatchEventRequest extends api.WatchEventRequest.$Properties {
    }

    class WatchEventRequest {
        constructor(properties?: api.WatchEventRequest.$Properties);
        $unknowns?: Uint8Array[];
        peer?: (api.WatchPeer.$Properties|null);
        table?: (api.WatchTable.$Properties|null);
        batchSize: number;
        static encode(message: api.WatchEventRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.WatchEventRequest & api.WatchEventRequest.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace WatchEventRequest {
        interface $Properties {
            peer?: (api.WatchPeer.$Properties|null);
            table?: (api.WatchTable.$Properties|null);
            batchSize?: (number|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = api.WatchEventRequest.$Properties;
    }

    enum PeerEventType {
        PEER_EVENT_UNSPECIFIED = 0,
        PEER_EVENT_INIT = 1,
        PEER_EVENT_END_OF_INIT = 2,
        PEER_EVENT_STATE = 3
    }

    interface IPeerEvent extends api.PeerEvent.$Properties {
    }

    class PeerEvent {
        constructor(properties?: api.PeerEvent.$Properties);
        $unknowns?: Uint8Array[];
        type: api.PeerEventType;
        peer?: (api.Peer.$Properties|null);
        static encode(message: api.PeerEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.PeerEvent & api.PeerEvent.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace PeerEvent {
        interface $Properties {
            type?: (api.PeerEventType|null);
            peer?: (api.Peer.$Properties|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          type?: api.PeerEventType|null;
          peer?: api.Peer.$Shape|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface ITableEvent extends api.TableEvent.$Properties {
    }

    class TableEvent {
        constructor(properties?: api.TableEvent.$Properties);
        $unknowns?: Uint8Array[];
        paths: api.Path.$Properties[];
        static encode(message: api.TableEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.TableEvent & api.TableEvent.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace TableEvent {
        interface $Properties {
            paths?: (api.Path.$Properties[]|null);
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          paths?: api.Path.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }

    interface IWatchEventResponse extends api.WatchEventResponse.$Properties {
    }

    class WatchEventResponse {
        constructor(properties?: api.WatchEventResponse.$Properties);
        $unknowns?: Uint8Array[];
        peer?: (api.PeerEvent.$Properties|null);
        table?: (api.TableEvent.$Properties|null);
        event?: ("peer"|"table");
        static encode(message: api.WatchEventResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): api.WatchEventResponse & api.WatchEventResponse.$Shape;
        static getTypeUrl(prefix?: string): string;
    }

    namespace WatchEventResponse {
        interface $Properties {
            peer?: (api.PeerEvent.$Properties|null);
            table?: (api.TableEvent.$Properties|null);
            event?: ("peer"|"table");
            $unknowns?: Uint8Array[];
        }
        type $Shape = {
          peer?: api.PeerEvent.$Shape|null;
          table?: api.TableEvent.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ event?: undefined; peer?: null; table?: null }|{ event?: "peer"; peer: api.PeerEvent.$Shape; table?: null }|{ event?: "table"; peer?: null; table: api.TableEvent.$Shape })
        );
    }
}
