import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TranslationError } from '#libs/domain';
import { acceptedEncoding, isKnown, type PageFile, PageFiles } from './page-files.js';

/** The page gets everything from here, and may run and load nothing else. */
const POLICY = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const ONE_YEAR_S = 31_536_000;

/** The page to try translation in; only there where PAGE is on. */
@ApiExcludeController()
@Controller()
export class PageController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return sendFile(this.files.index, request, reply);
  }

  @Get('page/:name')
  asset(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const file = this.files.asset(name);
    if (file === undefined)
      throw new TranslationError('not-found', 'The page has no file of this name.');
    return sendFile(file, request, reply);
  }
}

async function sendFile(
  { bodies, contentType, isImmutable }: PageFile,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const encoding = acceptedEncoding(headers['accept-encoding']);
  const { bytes, etag } = bodies[encoding];
  reply.headers({
    ...POLICY,
    etag,
    vary: 'accept-encoding',
    'cache-control': isImmutable ? `public, max-age=${ONE_YEAR_S}, immutable` : 'no-cache',
  });
  if (isKnown(etag, headers['if-none-match'])) {
    await reply.code(304).send();
    return;
  }
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  await reply.type(contentType).send(bytes);
}
