export const dynamic = 'force-dynamic';

export async function GET(request) {
  await new Promise((done) => setTimeout(done, Number(request.nextUrl.searchParams.get('ms'))));
  return Response.json({ service: 'next', release: process.env.RELEASE });
}
