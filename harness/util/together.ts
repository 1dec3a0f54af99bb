/** Like `Promise.all`, but the first failure is thrown only when all have ended: nothing goes on behind the caller's back. */
export async function together<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
