interface Slot<T> {
  readonly client: Promise<T>;
  users: number;
  retired: boolean;
}

/**
 * A client that can be replaced while it is in use: whoever holds the old one keeps it to the end, and the last one
 * to let go closes it.
 */
export class Replaceable<T> {
  readonly #create: () => Promise<T>;
  readonly #close: (client: T) => Promise<unknown>;
  #current: Slot<T> | undefined;

  constructor(create: () => Promise<T>, close: (client: T) => Promise<unknown>) {
    this.#create = create;
    this.#close = close;
  }

  /** Runs `work` with the present client, making one if there is none. */
  async use<R>(work: (client: T) => Promise<R>): Promise<R> {
    this.#current ??= { client: this.#create(), users: 0, retired: false };
    const slot = this.#current;
    slot.users++;
    try {
      const client = await slot.client.catch((error: unknown) => {
        this.#retireSlot(slot);
        throw error;
      });
      return await work(client);
    } finally {
      slot.users--;
      if (slot.retired && slot.users === 0) await this.#closeQuietly(slot.client);
    }
  }

  /** The next use gets a new client. */
  retire(): void {
    const slot = this.#current;
    if (!slot) return;
    this.#retireSlot(slot);
    if (slot.users === 0) void this.#closeQuietly(slot.client);
  }

  /** Closes the present client, whether it is in use or not. */
  async close(): Promise<void> {
    const slot = this.#current;
    this.#current = undefined;
    if (slot) await this.#closeQuietly(slot.client);
  }

  #retireSlot(slot: Slot<T>): void {
    slot.retired = true;
    if (this.#current === slot) this.#current = undefined;
  }

  async #closeQuietly(client: Promise<T>): Promise<void> {
    try {
      await this.#close(await client);
    } catch {
      // It is given up; what it would still say does not matter.
    }
  }
}
