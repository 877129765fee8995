import type { JSX } from 'preact';
import { groupChoices } from '../language-choice.js';
import type { Language } from '../translation-client.js';

/** A choice that stands above the languages. */
export interface SpecialChoice {
  readonly code: string;
  readonly label: string;
}

/** A native list: it has the keyboard, the screen reader and the phone's own wheel already. */
export function LanguagePicker({
  id,
  label,
  languages,
  special,
  value,
  onChoose,
}: {
  readonly id: string;
  readonly label: string;
  readonly languages: readonly Language[];
  readonly special?: SpecialChoice | undefined;
  readonly value: string;
  readonly onChoose: (code: string) => void;
}): JSX.Element {
  const groups = groupChoices(languages, navigator.languages);
  return (
    <div class="picker">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        lang={navigator.language}
        onChange={({ currentTarget }) => {
          onChoose(currentTarget.value);
        }}
      >
        {special !== undefined && <option value={special.code}>{special.label}</option>}
        {groups.map(({ heading, choices }) => {
          const options = choices.map(({ code, label: name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ));
          if (heading === undefined) return options;
          return (
            <optgroup key={heading} label={heading}>
              {options}
            </optgroup>
          );
        })}
      </select>
    </div>
  );
}
