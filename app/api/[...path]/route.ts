import { refusalAnswer } from '@/app/api/refusal-answer';

/** What does not exist; what somebody may not have answers the same. */
function answer(): Response {
  return refusalAnswer('not_found');
}

export { answer as GET, answer as POST };
