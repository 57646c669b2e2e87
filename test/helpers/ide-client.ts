import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { openEventSource, type EventSource } from './event-source.ts';
import { uploadForm } from './multipart.ts';

/** What the IDE's buttons say. A failure changes none of them: only reload() does. */
export type IdeState = 'disconnected' | 'ready' | 'training' | 'trained' | 'converting' | 'converted';

export interface LogLine {
  readonly text: string;
  readonly red: boolean;
}

export interface Point {
  readonly trainLoss: unknown;
  readonly valAcc: unknown;
}

export interface IdeOptions {
  readonly base: string;
  readonly projectId: string;
  /** The project as the IDE zips it. */
  readonly zip: Buffer;
  readonly trainConfig?: object;
  readonly from?: string;
  /** What it fetches after a conversion, in this order; left out: the files of kidbright-mai, photos and boxes. */
  readonly boardFiles?: readonly string[];
  /** What the browser sends by itself, such as Accept-Language. */
  readonly headers?: Readonly<Record<string, string>>;
}

const BOARD_FILES = ['model_int8.bin', 'model_int8.param'];
const STATE_OF_STAGE: Readonly<Record<number, IdeState>> = {
  2: 'training',
  3: 'trained',
  4: 'converting',
  5: 'converted',
};

/** The KidBright IDE 1.2.4 as far as a server can tell it from the real one, getting stuck included. */
export class IdeClient {
  state: IdeState = 'disconnected';
  log: LogLine[] = [];
  curve: Point[] = [];
  epoch = '';
  progress = 0;
  /** How often the log and the curve were cleared. */
  clears = 0;
  /** The IDE's own message, the only thing it says about a failed conversion. */
  dialog = '';
  readonly files = new Map<string, Buffer>();
  /** Statuses and faults that go to the browser's console, where no pupil looks. */
  readonly console: string[] = [];
  private source: EventSource | undefined;
  private readonly options: IdeOptions;

  constructor(options: IdeOptions) {
    this.options = options;
  }

  /** Ask /ping for the buttons, then listen. */
  async connect(): Promise<void> {
    const { status, body } = await this.send('GET', '/ping');
    if (status !== 200 || body?.result !== 'pong') return;
    // Stages 0 and 1 are ignored: what the buttons said stays.
    this.state = STATE_OF_STAGE[Number(body.stage)] ?? (this.state === 'disconnected' ? 'ready' : this.state);
    this.source = openEventSource(`${this.options.base}/listen`, {
      from: this.options.from,
      ...(this.options.headers ? { headers: this.options.headers } : {}),
      onMessage: (data) => this.receive(JSON.parse(data) as Record<string, unknown>),
    });
    await this.source.opened;
  }

  /** Press Train. Does nothing while the button is not there. */
  async train(): Promise<void> {
    if (this.state !== 'ready' && this.state !== 'trained' && this.state !== 'converted') return;
    this.state = 'training';
    const form = uploadForm(this.options.projectId, this.options.zip);
    const uploaded = await this.send('POST', '/upload', form.headers, form.payload);
    if (uploaded.body?.result !== 'success') return;
    const order = JSON.stringify({ project: this.options.projectId, train_config: this.options.trainConfig ?? {} });
    await this.send('POST', '/train', { 'content-type': 'application/json' }, order);
  }

  /** Press Download: convert, then fetch the files. There is no time limit. */
  async convert(): Promise<void> {
    if (this.state !== 'trained') return;
    this.state = 'converting';
    const { status, body } = await this.send(
      'GET',
      `/convert?project_id=${encodeURIComponent(this.options.projectId)}`,
    );
    if (status !== 200) return;
    if (body?.result !== 'OK') {
      this.dialog = 'Converting failed';
      return;
    }
    this.state = 'converted';
    await this.download();
  }

  /** Fetch the files of a model that is converted. */
  async download(): Promise<void> {
    if (this.state !== 'converted') return;
    for (const name of this.options.boardFiles ?? BOARD_FILES) {
      const { status, bytes } = await this.send(
        'GET',
        `/projects/${encodeURIComponent(this.options.projectId)}/output/${name}`,
      );
      if (status === 200) this.files.set(name, bytes);
    }
  }

  /** F5 and connect: the log is empty, the curve is kept, the buttons are what /ping says. */
  async reload(): Promise<void> {
    this.close();
    this.state = 'disconnected';
    this.log = [];
    this.epoch = '';
    this.progress = 0;
    this.dialog = '';
    await this.connect();
  }

  get connections(): number {
    return this.source?.connections ?? 0;
  }

  /** Break the event stream, as a bad network does. */
  cut(): void {
    this.source?.cut();
  }

  close(): void {
    this.source?.close();
  }

  private receive(event: Record<string, unknown>): void {
    const { event: name, msg } = event;
    if (name === 'initial') {
      this.clears += 1;
      this.log = [];
      this.curve = [];
    } else if (name === 'epoch_start') {
      this.epoch = `${String(event.epoch)} / ${String(event.max_epoch)}`;
    } else if (name === 'batch_start' || name === 'batch_end') {
      this.progress = Number(event.batch) / Number(event.max_batch);
    } else if (name === 'epoch_end') {
      const { train_loss, val_acc } = event.matric as Record<string, unknown>;
      this.curve = [...this.curve, { trainLoss: train_loss, valAcc: val_acc }];
    } else {
      if (name === 'train_end') this.state = 'trained';
      const text = String(msg);
      this.log = [...this.log, { text, red: text.includes('Error') }];
    }
  }

  /** An error status is noted in the console and read by nobody. */
  private async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    payload?: Buffer | string,
  ) {
    const { from } = this.options;
    const outgoing = request(this.options.base + path, {
      method,
      agent: false,
      headers: { origin: 'https://kidbright-mai.web.app', ...this.options.headers, ...headers },
      ...(from ? { localAddress: from } : {}),
    });
    outgoing.end(payload);
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.once('response', resolve).once('error', reject),
    );
    const bytes = await buffer(response);
    const status = response.statusCode ?? 0;
    if (status >= 400) this.console.push(`${method} ${path}: ${status}`);
    const isJson = status < 400 && response.headers['content-type']?.startsWith('application/json');
    return { status, bytes, body: isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : undefined };
  }
}
