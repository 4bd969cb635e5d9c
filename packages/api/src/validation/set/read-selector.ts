import { parseSelector, type Selector } from '../../selectors/selector.ts'

/** So many are kept: documents of one set have few selectors beside those that are named after the document. */
const most = 20_000

const recent = new Map<string, Selector>()

/** As `parseSelector`, for texts that are asked for again and again. */
export function readSelector(text: string): Selector {
  let selector = recent.get(text)
  if (selector === undefined) {
    selector = parseSelector(text)
    if (recent.size >= most) recent.clear()
    recent.set(text, selector)
  }
  return selector
}
