import { collectionOf } from './collection.ts';

/** How far a coach has read a thread; `_id` is `<coach>:<contact>`. */
export interface ReadDoc {
  readonly _id: string;
  readonly seq: number;
}

export const reads = collectionOf<ReadDoc>('reads', { seq: Number });
