import { validateDocuments } from '@manx/api'
import { parseAllDocuments } from 'yaml'
import { type Benchmark, type Figure, measurePair } from '../measure.ts'

const counts = { full: [1000, 10_000], quick: [300, 3000], tiny: [10, 20] } as const
const rounds = { full: 3, quick: 2, tiny: 1 } as const

/** `manxctl validate` of a large repository of policies: all checks of each document and of all together. */
export const validate: Benchmark = {
  name: 'validate',
  summary: 'documents validated by themselves and together, beside parsing them with the YAML library alone',
  needsComponents: false,
  async run({ progress, size, rounds: asked, wants }) {
    const figures: Figure[] = []
    for (const count of counts[size]) {
      const text = documents(count)
      for (const [name, input] of [
        ['without a fault', text],
        ['each with a fault', text.replaceAll('protocol: TCP', 'protocl: TCP')],
      ] as const) {
        const metric = `${count.toLocaleString('en')} documents, ${name}`
        if (!wants(metric)) continue
        progress(metric)
        const expected = name === 'without a fault' ? 0 : count
        const work = {
          rounds: asked ?? rounds[size],
          ours: async () => {
            const { findings } = validateDocuments(input)
            // What is not in force yet is told of each, too, and is no fault.
            const faults = findings.filter(({ code }) => code !== 'NoEffect').length
            if (faults !== expected) throw new Error(`${faults} were found, not ${expected}`)
          },
          baseline: async () => {
            parseAllDocuments(input)
          },
        }
        figures.push(...(await measurePair('validate', metric, work)))
      }
    }
    return figures
  },
}

/** One policy for each workload, a hundred in a namespace. */
function documents(count: number): string {
  return Array.from({ length: count }, (_, index) => policy(index)).join('---\n')
}

function policy(index: number): string {
  return `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: policy-${index}
  namespace: team-${Math.floor(index / 100)}
spec:
  order: ${index}
  selector: app == 'web-${index}'
  types: [Ingress, Egress]
  ingress:
    - action: Allow
      protocol: TCP
      source:
        selector: role == 'frontend-${index}'
        namespaceSelector: team in {'a', 'b'}
      destination:
        ports: [80, 8000:9000]
    - action: Deny
      source:
        nets: [10.${index % 200}.0.0/16, 192.0.2.0/24]
  egress:
    - action: Allow
`
}
