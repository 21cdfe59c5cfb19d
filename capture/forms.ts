import { safely } from './safely.ts';

/** The fields that this script added to a form when it was last submitted. */
const added = new WeakMap<HTMLFormElement, HTMLInputElement[]>();

/**
 * Adds hidden fields to each form that a visitor submits by POST to this origin. Never to another: an address
 * ends up in logs and histories, and another site has no business with it.
 */
export function fillForms(fields: () => Readonly<Record<string, string>>): void {
  addEventListener('submit', (event) => void safely(() => fill(event, fields)), true);
}

function fill(event: SubmitEvent, fields: () => Readonly<Record<string, string>>): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  for (const input of added.get(form) || []) input.remove();
  added.set(form, []);
  if (!isOwnPost(form, event.submitter)) return;
  for (const [name, value] of Object.entries(fields())) {
    if (Array.from(document.getElementsByName(name)).some((other) => formOf(other) === form)) continue;
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = name;
    input.value = value;
    // A field named `append` would hide the form's own method.
    Element.prototype.append.call(form, input);
    added.get(form)?.push(input);
  }
}

const formOf = (element: Element): unknown => (element as HTMLInputElement).form;

function isOwnPost(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const method = attributeOf('method', form, submitter) || 'get';
  const action = attributeOf('action', form, submitter);
  const { origin } = new URL(action || location.href, document.baseURI);
  return method.toLowerCase() === 'post' && origin === location.origin;
}

/** What the button says goes before what the form says. */
function attributeOf(name: string, form: HTMLFormElement, submitter: HTMLElement | null): string | null {
  const own = submitter?.getAttribute(`form${name}`);
  return own ?? Element.prototype.getAttribute.call(form, name);
}
