'use client';

import { useEffect, useRef, useState } from 'react';

const PAUSE = 250;

/**
 * The text of a control that filters while one types: sent after a pause (in milliseconds), and never replaced under
 * somebody's hands by the answer to what they typed before.
 */
export function useTyped(value: string, send: (text: string) => void, pause = PAUSE) {
  const [text, setText] = useState(value);
  const sent = useRef(value);

  // The address changed by another way: Back, "Clear", a link.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      send(text);
    }, pause);
    return () => clearTimeout(timer);
  }, [text, send, pause]);

  return [text, setText] as const;
}
