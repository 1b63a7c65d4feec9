import { createHash } from 'node:crypto';

export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json({ service: 'next', release: process.env.RELEASE });
}

export async function POST(request) {
  const body = Buffer.from(await request.arrayBuffer());
  return Response.json({ sha256: createHash('sha256').update(body).digest('hex') });
}
