/** What some nodes are started with, so that a fault can strike them later. */
export type NodePreparation =
  /** The node's folder is a file system of its own, of this size, which can be filled. */
  | { readonly type: "small-disk"; readonly kind: string; readonly bytes: number }
  /** The node's clock can be set, by libfaketime. */
  | { readonly type: "settable-clock"; readonly kind: string };
