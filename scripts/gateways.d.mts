/** The path of a gateway's program, or undefined where it is not installed. */
export function gatewayPath(name: string): string | undefined;
