import { expect, it } from 'vitest';
import { didYouMean } from '../../src/utils/nearest.js';

const names = ['event_time', 'id', 'price', 'customer-name'];

it.each([
  ['EventTime', ' Did you mean event_time?'],
  ['event-time', ' Did you mean event_time?'],
  ['prise', ' Did you mean price?'],
  ['ID', ' Did you mean id?'],
  ['customer_nmae', ' Did you mean customer-name?'],
  ['weather', ''],
  ['x', ''],
  ['i', ''],
])('%s:%s', (name, words) => expect(didYouMean(name, names)).toBe(words));
