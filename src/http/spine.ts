import express, { Router } from 'express';
import { z } from 'zod';
import { channels, locales, registers } from '../core/vocabulary.ts';
import type { DeskDoor } from '../pipeline/desk.ts';
import { previewPause } from '../reports/pause.ts';
import type { PreviewAsk, PreviewView } from '../reports/preview.ts';
import type { Desk } from '../reports/rows.ts';
import { needFlow, readSequence, readSequenceNames } from '../reports/sequence.ts';
import { parseBody } from './parse.ts';
import { coachOf, requireManager } from './session.ts';

export interface SpineDoors {
  readonly reads: Desk;
  readonly desk: DeskDoor;
  readonly preview: (ask: PreviewAsk) => Promise<PreviewView>;
  readonly pause: (flow: string) => Promise<void>;
  readonly resume: (flow: string) => Promise<void>;
}

const words = z.object({
  channel: z.enum(channels).optional(),
  locale: z.enum(locales).default('fr'),
  register: z.enum(registers).default('tu'),
  variant: z.string().max(60).nullable().default(null),
});

/** One sequence, step by step: every coach reads it, a manager pauses and resumes it (inbox.md §11, §13). */
export function spine({ reads, desk, preview, pause, resume }: SpineDoors): Router {
  const router = Router();
  router.get('/flows', async (_request, response) => {
    response.json({ sequences: await readSequenceNames(reads) });
  });
  router.get('/sequences/:flow', async (request, response) => {
    response.json(await readSequence(reads, request.params.flow));
  });
  router.get('/sequences/:flow/steps/:step', async (request, response) => {
    const { flow, step } = request.params;
    const { channel, ...said } = parseBody(words, request.query);
    response.json(await preview({ flow, step, ...said, ...(channel ? { channel } : {}) }));
  });
  router.get('/sequences/:flow/pause', async (request, response) => {
    response.json(await previewPause(reads, request.params.flow));
  });
  for (const [verb, change] of [
    ['pause', pause],
    ['resume', resume],
  ] as const) {
    router.post(
      `/sequences/:flow/${verb}`,
      requireManager,
      express.json({ limit: '1kb' }),
      async (request, response) => {
        const flow = needFlow(reads, String(request.params.flow)).id;
        await change(flow);
        await desk.note(coachOf(response).id, verb, null, { flow });
        response.status(204).end();
      },
    );
  }
  return router;
}
