/** For `sort`: by value, text by its code units. Not by subtraction: Infinity is an order of policies. */
export const compare = <T extends string | number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
