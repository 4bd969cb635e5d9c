export async function installManx(..._: unknown[]) {}
