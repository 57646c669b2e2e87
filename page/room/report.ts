// The parts of report.json that the page shows. The file is Python's, so nothing in it is relied on.

export interface Report {
  readonly training?: {
    readonly model?: string;
    readonly labels?: readonly string[];
    readonly confusion?: readonly (readonly number[])[];
    readonly per_label?: Readonly<Record<string, number>>;
    readonly train_samples?: number;
    readonly val_samples?: number;
    readonly seconds?: number;
    readonly instant?: { readonly suspects?: readonly Suspect[] };
  };
  readonly conversion?: {
    readonly labels?: readonly string[];
    readonly changed?: readonly Changed[];
    readonly confusion_board?: readonly (readonly number[])[];
    readonly checked?: { readonly float?: Counted; readonly board?: Counted };
    readonly compared?: {
      readonly same?: number;
      readonly compared?: number;
      readonly expect_least?: number;
      readonly expect_most?: number;
    };
    readonly frame_rate?: { readonly at_least?: number; readonly at_most?: number };
    readonly files?: Readonly<Record<string, number>>;
    readonly unknown?: { readonly threshold?: number | null };
  };
}

export interface Suspect {
  readonly file: string;
  readonly label: string;
  readonly suggestion: string;
}

/** Of photos and sounds; of boxes the report says how many changed in a photo. */
export interface Changed {
  readonly file?: string;
  readonly label?: string;
  readonly float?: Said;
  readonly board?: Said;
}

export interface Said {
  readonly prediction?: string;
  readonly prob?: number;
}

export interface Counted {
  readonly right?: number;
  readonly checked?: number;
  readonly expect_least?: number;
  readonly expect_most?: number;
}
