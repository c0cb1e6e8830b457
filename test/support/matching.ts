/** Asymmetric matchers that do not smuggle `any` into what a test expects. */
import { expect } from 'vitest';

export const textLike = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const textWith = (part: string): unknown => expect.stringContaining(part);
export const partly = (members: object): unknown => expect.objectContaining(members);
