import { Schema } from 'mongoose';
import type { Contact } from '../core/contact.ts';
import { collectionOf, fromDoc, without, type DocOf } from './collection.ts';

const { Mixed } = Schema.Types;

/** `nameFolded` is the name without case or accents, for search. */
export type ContactDoc = DocOf<Contact> & {
  readonly nameFolded?: string | null;
  readonly createdAt?: Date;
  /** The import that wrote this contact last. */
  readonly importId?: string | null;
  /** Written by an import: the first look at it tells nobody what it found. */
  readonly isSilent?: boolean;
};

export const contacts = collectionOf<ContactDoc>(
  'contacts',
  {
    userId: String,
    firstName: String,
    lastName: String,
    nameFolded: String,
    locale: String,
    register: String,
    zone: String,
    zoneSource: String,
    country: String,
    department: String,
    plan: Number,
    planSince: Date,
    coachId: String,
    tags: [String],
    mona: Mixed,
    points: Number,
    heat: Mixed,
    scoredOn: Mixed,
    lastHumanAt: Date,
    traits: Mixed,
    segments: [String],
    recheckAt: Date,
    erasedAt: Date,
    createdAt: Date,
    importId: String,
    isSilent: Boolean,
  },
  [
    { key: { userId: 1 }, unique: true, partialFilterExpression: { userId: { $type: 'string' } } },
    { key: { nameFolded: 1 } },
    // Most contacts have none of these: an index of those who do costs the others nothing.
    { key: { plan: 1 }, partialFilterExpression: { plan: { $gt: 0 } } },
    { key: { lastHumanAt: 1 }, partialFilterExpression: { lastHumanAt: { $type: 'date' } } },
    { key: { coachId: 1 }, partialFilterExpression: { coachId: { $type: 'string' } } },
    // Whom nobody ever heard, by how long they are known (pipeline/forget.ts).
    { key: { createdAt: 1 }, partialFilterExpression: { lastHumanAt: null } },
    { key: { recheckAt: 1 }, partialFilterExpression: { recheckAt: { $type: 'date' } } },
  ],
);

/** "Inès Du Val" → "ines du val". */
export function foldName(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter(Boolean).join(' ').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

const neutral: Partial<Contact> = { tags: [], segments: [], points: 0, heat: null, traits: {} };

/** A contact as core reads it: fields an import or an old writer left out have their neutral value. */
export const contactOf = (doc: ContactDoc): Contact => ({
  ...neutral,
  ...fromDoc<Contact>(without(doc, 'nameFolded', 'createdAt', 'importId', 'isSilent')),
});

/** Someone of whom nothing is known but where they probably are: no name, no plan, and no consent. */
export function blankContact(
  id: string,
  place: Pick<Contact, 'country' | 'zone' | 'zoneSource' | 'locale'>,
  createdAt: Date,
): ContactDoc {
  return {
    _id: id,
    userId: null,
    firstName: null,
    lastName: null,
    nameFolded: '',
    country: place.country,
    zone: place.zone,
    zoneSource: place.zoneSource,
    locale: place.locale,
    register: null,
    department: null,
    plan: null,
    planSince: null,
    coachId: null,
    tags: [],
    mona: null,
    points: 0,
    heat: null,
    lastHumanAt: null,
    traits: {},
    segments: [],
    erasedAt: null,
    createdAt,
  };
}
