export declare function createTeller(expected: number): { readonly seen: (key: string, label: string) => void }
