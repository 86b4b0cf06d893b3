import { MongoServerError } from 'mongodb';

/** The server's code for a unique index that has this key already. */
export const duplicateKey = 11000;

export const isDuplicateKey = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && error.code === duplicateKey;
