import { expect, test } from '@jest/globals'
import { histogramText } from '../../src/health/histogram-text.ts'

test('a distribution is told as a histogram', () => {
  expect(histogramText('a_seconds', 'A.', { bounds: [0.1, 1], counts: [2, 1, 4], sum: 9.5, count: 7 })).toBe(
    [
      '# HELP a_seconds A.',
      '# TYPE a_seconds histogram',
      'a_seconds_bucket{le="0.1"} 2',
      'a_seconds_bucket{le="1"} 3',
      'a_seconds_bucket{le="+Inf"} 7',
      'a_seconds_sum 9.5',
      'a_seconds_count 7',
      '',
    ].join('\n'),
  )
})
