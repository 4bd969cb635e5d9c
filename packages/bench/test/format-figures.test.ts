import { expect, test } from '@jest/globals'
import { type Figure, figureOf } from '../src/measure.ts'
import { formatFigures } from '../src/output/format-figures.ts'

const figures: readonly Figure[] = [
  { bench: 'a', metric: 'one | two', unit: 'ms', p50: 1.2345, p99: 123.4, baseline: 2, ratio: 0.617, n: 3 },
  { bench: 'a', metric: 'idle', unit: '/s', p50: 12.34, p99: 0.5, baseline: null, ratio: null, n: 1 },
]

test('a table for people has aligned columns and says where there is no baseline', () => {
  expect(formatFigures(figures, 'table').split('\n')).toEqual([
    'BENCH  METRIC     P50      P99       BASELINE  RATIO  N',
    'a      one | two  1.23 ms  123 ms    2.00 ms   0.617  3',
    'a      idle       12.3 /s  0.500 /s  –         –      1',
  ])
})

test('JSON is the figures and nothing else', () => {
  expect(JSON.parse(formatFigures(figures, 'json'))).toEqual(figures)
})

test('markdown is a table for the documentation', () => {
  expect(formatFigures(figures, 'markdown').split('\n')).toEqual([
    '| bench | metric | p50 | p99 | baseline | ratio | n |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    '| a | one \\| two | 1.23 ms | 123 ms | 2.00 ms | 0.617 | 3 |',
    '| a | idle | 12.3 /s | 0.500 /s | – | – | 1 |',
  ])
})

test('the p99 of a rate is the rate that 99 of 100 reach', () => {
  const samples = Array.from({ length: 100 }, (_, index) => index + 1)
  expect(figureOf('b', 'm', samples, { higherIsBetter: true, baseline: [25] })).toEqual([
    { bench: 'b', metric: 'm', unit: 'ms', p50: 50, p99: 1, baseline: 25, ratio: 2, n: 100 },
  ])
})

test('without samples there is no figure, and beside nothing no ratio', () => {
  expect(figureOf('b', 'm', [])).toEqual([])
  expect(figureOf('b', 'm', [1], { baseline: [0] })[0]).toMatchObject({ baseline: 0, ratio: null })
})
