export async function installCoreDns(..._: unknown[]) {}
