/** The parts of an OpenAPI document that the page shows. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** The operations of an OpenAPI document as one HTML page: no script, nothing from another host. */
export function formatDocumentation(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = (document.tags ?? []).map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(tag.name));
    return own.length === 0
      ? ''
      : `<section><h2>${escapeHtml(tag.name)}</h2><p>${escapeHtml(tag.description ?? '')}</p>${own
          .map(formatOperation)
          .join('')}</section>`;
  });
  const { title, version, description } = document.info;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${escapeHtml(title)} API</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/docs.css"></head>
<body><header><h1>${escapeHtml(title)} API <small>${escapeHtml(version)}</small></h1>
<p>${formatText(description ?? '')}</p>
<p><a href="/openapi.json">OpenAPI 3.1 document</a> · <a href="/">Console</a></p></header>
<main>${sections.join('')}</main></body></html>
`;
}

function formatOperation(entry: { path: string; method: string; operation: Operation }): string {
  const { path, method, operation } = entry;
  const parameters = (operation.parameters ?? []).map(
    (parameter) =>
      `<tr><td><code>${escapeHtml(parameter.name)}</code></td><td>${escapeHtml(parameter.in)}</td>` +
      `<td>${escapeHtml(formatSchema(parameter.schema))}${parameter.required === true ? ', required' : ''}</td>` +
      `<td>${formatText(parameter.description ?? '')}</td></tr>`,
  );
  const answers = Object.entries(operation.responses).map(
    ([status, answer]) =>
      `<tr><td><code>${escapeHtml(status)}</code></td><td>${formatText(answer.description)}</td></tr>`,
  );
  const id = escapeHtml(operation.operationId ?? `${method}-${path}`);
  return `<article id="${id}"><h3><span class="method">${escapeHtml(method.toUpperCase())}</span>
<code>${escapeHtml(path)}</code></h3><p>${formatText(operation.summary ?? '')}</p>
${operation.description === undefined ? '' : `<p>${formatText(operation.description)}</p>`}
${parameters.length === 0 ? '' : `<table><thead><tr><th>Parameter</th><th>In</th><th>Form</th><th></th></tr></thead><tbody>${parameters.join('')}</tbody></table>`}
<table><thead><tr><th>Answer</th><th></th></tr></thead><tbody>${answers.join('')}</tbody></table></article>`;
}

function formatSchema(schema: Parameter['schema']): string {
  if (schema === undefined) return '';
  const words = schema.enum ?? (schema.items as { enum?: unknown } | undefined)?.enum;
  const form = Array.isArray(words) ? words.join(' | ') : String(schema.type ?? '');
  return schema.default === undefined ? form : `${form}, default ${String(schema.default)}`;
}

/** Text with `code` between backticks. */
function formatText(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
