/** SIGKILL; one that ended by itself meanwhile is fine. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Not by instanceof: below a test runner the process's errors are of another realm.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
