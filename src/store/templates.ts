import { collectionOf } from './collection.ts';

/** A WhatsApp template as the carrier knows it; `_id` is `name:language:register`. */
export interface TemplateDoc {
  readonly _id: string;
  readonly contentSid: string | null;
  readonly status: 'pending' | 'approved' | 'rejected' | 'paused';
  readonly variables: readonly string[];
  readonly checkedAt: Date;
}

export const templates = collectionOf<TemplateDoc>('templates', {
  contentSid: String,
  status: String,
  variables: [String],
  checkedAt: Date,
});
