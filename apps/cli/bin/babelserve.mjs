#!/usr/bin/env node
import { buildIfStale } from './build.mjs';

buildIfStale();
await import('../../../dist/apps/cli/src/main.js');
