export const dynamic = 'force-dynamic';

export default function Page() {
  return <main>release {process.env.RELEASE}</main>;
}
