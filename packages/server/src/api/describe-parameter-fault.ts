import type { ProblemReason } from '@lastgasp/model';

/** What a schema found wrong with the query or the path of a request, as ajv says it. */
export interface ParameterFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Longest name of a parameter that is repeated: whoever asks can make it as long as an address. */
const NAME_CHARACTERS = 60;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'text',
};

/** A wrong parameter and what is wrong with it, in words that begin where its name ends. */
export function describeParameterFault(fault: ParameterFault): ProblemReason {
  const { missingProperty, additionalProperty } = fault.params;
  // A value that is given several times is a list, and its place in it is nobody's concern.
  const [, name] = fault.instancePath.split('/');
  const named = name ?? missingProperty ?? additionalProperty;
  const field = typeof named === 'string' ? shorten(named) : null;
  return { field, reason: complaintOf(fault) };
}

function complaintOf({ keyword, params, message }: ParameterFault): string {
  switch (keyword) {
    case 'additionalProperties':
      return 'is not a parameter of this address';
    case 'required':
      return 'is missing';
    case 'type':
      return `must be ${[params.type]
        .flat()
        .map((type) => TYPE_WORDS[String(type)] ?? type)
        .join(' or ')}`;
    case 'enum':
      return `must be one of ${(params.allowedValues as readonly unknown[]).join(', ')}`;
    case 'minimum':
      return `must be at least ${params.limit}`;
    case 'maximum':
      return `must be at most ${params.limit}`;
    case 'maxLength':
      return `must have at most ${params.limit} characters`;
    case 'maxItems':
      return `must be given at most ${params.limit} times`;
    case 'pattern':
      return 'holds a character that is not allowed here';
    default:
      return message ?? 'is not allowed';
  }
}

const shorten = (name: string): string =>
  name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS)}…` : name;
