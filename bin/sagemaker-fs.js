#!/usr/bin/env node
import { run, systemHost } from '../dist/cli.js';
process.exitCode = await run(process.argv.slice(2), systemHost());
