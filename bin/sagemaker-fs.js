#!/usr/bin/env node
import { leave, run, systemHost } from '../dist/cli.js';
leave(await run(process.argv.slice(2), systemHost()));
