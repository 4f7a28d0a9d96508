import type { NextRequest } from 'next/server';
import { answerAuth } from '@/lib/auth/endpoint';

type Context = { params: Promise<{ nextauth: string[] }> };

async function answer(req: NextRequest, { params }: Context): Promise<Response> {
  return answerAuth(req, (await params).nextauth);
}

export { answer as GET, answer as POST };
