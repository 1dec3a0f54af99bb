/** A list of numbers at eight bytes each, for lists of millions. What was never set is 0. */
export class Column {
  #numbers = new Float64Array(64);

  get(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#numbers.length) {
      const longer = new Float64Array(Math.max(index + 1, this.#numbers.length * 2));
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[index] = value;
  }
}
