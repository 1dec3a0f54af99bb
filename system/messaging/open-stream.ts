import type { Readable } from "node:stream";

/**
 * Opens a stream and has it listened to from its first moment on. A consumer that was closed while it joined its group makes
 * a stream that fails in the same breath, before anyone who awaits a promise of it can listen: nobody would catch that error.
 * @param open calls back with the stream at once when it has made it, as @platformatic/kafka does.
 */
export function openStream<S extends Readable>(
  open: (opened: (error: Error | null, stream?: S) => void) => void,
  listen: (stream: S) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    open((error, stream) => {
      if (stream === undefined) {
        reject(error ?? new Error("there is neither a stream nor an error"));
        return;
      }
      listen(stream);
      resolve();
    });
  });
}
