/** Counts the connections of this instance, in all and by subject, and refuses those above the limits. */
export class Admission {
  readonly #max: number;
  readonly #maxPerSubject: number;
  readonly #perSubject = new Map<string, number>();
  #open = 0;

  constructor(limits: { readonly maxConnections: number; readonly maxConnectionsPerSubject: number }) {
    this.#max = limits.maxConnections;
    this.#maxPerSubject = limits.maxConnectionsPerSubject;
  }

  get open(): number {
    return this.#open;
  }

  /** A place for a connection; disposing gives it back. Null: there is none. */
  admit(): Disposable | null {
    if (this.#open >= this.#max) return null;
    this.#open++;
    return once(() => this.#open--);
  }

  /** A place among the subject's connections, likewise. */
  admitSubject(subject: string): Disposable | null {
    const taken = this.#perSubject.get(subject) ?? 0;
    if (taken >= this.#maxPerSubject) return null;
    this.#perSubject.set(subject, taken + 1);
    return once(() => {
      const left = (this.#perSubject.get(subject) ?? 1) - 1;
      if (left > 0) this.#perSubject.set(subject, left);
      else this.#perSubject.delete(subject);
    });
  }
}

function once(giveBack: () => void): Disposable {
  let given = false;
  return {
    [Symbol.dispose]() {
      if (!given) giveBack();
      given = true;
    },
  };
}
