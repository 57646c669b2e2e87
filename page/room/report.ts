// The parts of report.json that the page shows. The file is Python's, so nothing in it is relied on.

export interface Report {
  readonly training?: {
    readonly labels?: readonly string[];
    readonly confusion?: readonly (readonly number[])[];
    readonly instant?: { readonly suspects?: readonly Suspect[] };
  };
  readonly conversion?: {
    readonly changed?: readonly Changed[];
    readonly files?: Readonly<Record<string, number>>;
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
