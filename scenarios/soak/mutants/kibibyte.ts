/** An object that takes a kibibyte of V8's heap: 128 numbers of eight bytes. A string of as many characters might be shared. */
export const kibibyte = (): readonly number[] => Array.from({ length: 128 }, (_, n) => n + 0.5);
