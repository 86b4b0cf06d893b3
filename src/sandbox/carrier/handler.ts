import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../errors.ts';
import type { Carrier } from './carrier.ts';
import { serveControl } from './control.ts';
import { answer, readCall } from './http.ts';
import { serveRest } from './rest.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The carrier as a plain HTTP handler: on its own server, or mounted in Express before any body parser. */
export function carrierHandler(carrier: Carrier, { hasControl }: { hasControl: boolean }): Handler {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const calledAt = Date.now();
    const call = await readCall(request, response);
    if (await serveRest(carrier, call, calledAt)) return;
    if (hasControl && (await serveControl(carrier, call))) return;
    answer(response, 404, {
      code: 20404,
      message: `The requested resource ${call.path} was not found`,
      status: 404,
    });
  };
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      carrier.world.log.warn({ reason: messageOf(error) }, 'the sandbox carrier could not answer a call');
      answer(response, 400, { code: 20001, message: messageOf(error), status: 400 });
    });
  };
}
