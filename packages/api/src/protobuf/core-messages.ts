import type { Container, ContainerPort, LabelSelector, Namespace, Node, Pod, ServiceAccount } from '../core/kinds.ts'
import type { KubernetesObject, ObjectMeta } from '../metadata.ts'
import { everyInteger, everyText, flag, integer, list, text, textMap, textOf, time } from './fields.ts'
import { type Message, message } from './message.ts'

// Numbers are those of k8s.io/api and k8s.io/apimachinery, where a number is never given to another field.

/** Metadata without what only its writers, or nobody, reads: owners, finalizers, managed fields, the time of creation. */
export const objectMeta: Message<ObjectMeta> = message<ObjectMeta>({
  name: [1, text],
  namespace: [3, text],
  uid: [5, text],
  resourceVersion: [6, text],
  generation: [7, integer],
  deletionTimestamp: [9, time],
  labels: [11, textMap],
  annotations: [12, textMap],
})

/** For kinds of which nothing but the metadata is read. */
export const metadataMessage: Message<KubernetesObject> = message<KubernetesObject>({ metadata: [1, objectMeta] })

export const serviceAccountMessage: Message<ServiceAccount> = metadataMessage

export const namespaceMessage: Message<Namespace> = message<Namespace>({
  metadata: [1, objectMeta],
  status: [3, message<NonNullable<Namespace['status']>>({ phase: [1, textOf()] })],
})

const containerPort: Message<ContainerPort> = message<ContainerPort>({
  name: [1, text],
  hostPort: [2, integer],
  containerPort: [3, everyInteger],
  protocol: [4, textOf()],
})

const container: Message<Container> = message<Container>({
  name: [1, everyText],
  ports: [6, list(containerPort)],
  restartPolicy: [24, textOf()],
})

const address: Message<{ readonly ip: string }> = message({ ip: [1, everyText] })

/** What policy reads of a pod: where it runs, what it listens to, its addresses. */
export const podMessage: Message<Pod> = message<Pod>({
  metadata: [1, objectMeta],
  spec: [
    2,
    message<NonNullable<Pod['spec']>>({
      containers: [2, list(container)],
      serviceAccountName: [8, text],
      nodeName: [10, text],
      hostNetwork: [11, flag],
      initContainers: [20, list(container)],
    }),
  ],
  status: [
    3,
    message<NonNullable<Pod['status']>>({
      phase: [1, textOf()],
      reason: [4, text],
      hostIP: [5, text],
      podIP: [6, text],
      podIPs: [12, list(address)],
      hostIPs: [16, list(address)],
    }),
  ],
})

/** A node's metadata, addresses and conditions; not what it has of images and resources. */
export const nodeMessage: Message<Node> = message<Node>({
  metadata: [1, objectMeta],
  status: [
    3,
    message<NonNullable<Node['status']>>({
      conditions: [
        4,
        list(
          message({
            type: [1, everyText],
            status: [2, textOf<'True' | 'False' | 'Unknown'>()],
          }),
        ),
      ],
      addresses: [5, list(message({ type: [1, everyText], address: [2, everyText] }))],
    }),
  ],
})

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

/** `metav1.LabelSelector`. */
export const labelSelector: Message<LabelSelector> = message<LabelSelector>({
  matchLabels: [1, textMap],
  matchExpressions: [
    2,
    list(message<Requirement>({ key: [1, everyText], operator: [2, textOf()], values: [3, list(everyText)] })),
  ],
})
