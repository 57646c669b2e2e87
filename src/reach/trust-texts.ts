// The sentences of /trust. `{open}` is the link to press, `{address}` what to type into the IDE.

export interface TrustTexts {
  readonly language: 'th' | 'en';
  readonly title: string;
  readonly why: string;
  readonly done: string;
  readonly off: string;
  readonly withKey: string;
  readonly quick: string;
  readonly quickSteps: readonly string[];
  readonly quickNote: string;
  readonly lasting: string;
  readonly lastingWhy: string;
  readonly download: string;
  readonly compare: string;
  readonly devices: readonly { readonly name: string; readonly steps: readonly string[] }[];
  readonly afterwards: string;
  readonly given: string;
  readonly sameComputer: string;
}

export const THAI: TrustTexts = {
  language: 'th',
  title: 'ให้เบราว์เซอร์นี้เชื่อมต่อกับเซิร์ฟเวอร์ได้',
  why: 'KidBright IDE เป็นหน้าเว็บแบบ https เบราว์เซอร์จึงอยากคุยกับเซิร์ฟเวอร์แบบ https เหมือนกัน เซิร์ฟเวอร์ในห้องเรียนนี้มี https แล้ว แต่ทำใบรับรองขึ้นเอง เบราว์เซอร์ยังไม่รู้จักใบรับรองนี้จึงขึ้นคำเตือน',
  done: 'เรียบร้อยแล้ว! เบราว์เซอร์นี้ยอมรับเซิร์ฟเวอร์แล้ว พิมพ์ที่อยู่นี้ใน IDE',
  off: 'ตอนนี้เซิร์ฟเวอร์ไม่ได้เปิด https ให้คนที่ดูแลเซิร์ฟเวอร์ดูข้อความตอนเริ่มโปรแกรม',
  withKey: 'แทน <key> ด้วยรหัสที่คุณครูบอก',
  quick: 'วิธีที่ 1: กดผ่านคำเตือน (เร็วที่สุด)',
  quickSteps: [
    'เปิด {open} ในแท็บใหม่ เบราว์เซอร์จะเตือนว่าการเชื่อมต่อไม่เป็นส่วนตัว',
    'กดผ่านคำเตือน · Chrome และ Edge: กด “ขั้นสูง” แล้วกดลิงก์ที่ลงท้ายว่า “(ไม่ปลอดภัย)” · iPhone และ iPad: กด “แสดงรายละเอียด” แล้วกด “เยี่ยมชมเว็บไซต์นี้” · Firefox: กด “ขั้นสูง” แล้วกด “ยอมรับความเสี่ยงและดำเนินการต่อ”',
    'หน้านี้จะกลับมาและบอกว่า “เรียบร้อยแล้ว” จากนั้นพิมพ์ {address} ใน IDE',
    'ถ้าเบราว์เซอร์ถามว่าให้หน้าเว็บเข้าถึงอุปกรณ์ในเครือข่ายท้องถิ่นได้ไหม ให้กด “อนุญาต”',
  ],
  quickNote:
    'เบราว์เซอร์อาจลืมภายในหนึ่งสัปดาห์ หรือเมื่อเซิร์ฟเวอร์เปลี่ยนที่อยู่ ถ้าเชื่อมต่อไม่ได้อีก ให้ทำซ้ำ กดผ่านคำเตือนเฉพาะที่อยู่ของเซิร์ฟเวอร์ในห้องเรียนเท่านั้น',
  lasting: 'วิธีที่ 2: ติดตั้งใบรับรอง (ทำครั้งเดียว ใช้ได้ตลอด)',
  lastingWhy:
    'เหมาะกับเครื่องที่ใช้บ่อย หรือเครื่องที่กดผ่านคำเตือนไม่ได้ ใบรับรองนี้ใช้ได้กับที่อยู่ภายในเครือข่ายและชื่อของเครื่องเซิร์ฟเวอร์นี้เท่านั้น ใช้กับเว็บไซต์ในอินเทอร์เน็ตไม่ได้',
  download: 'ดาวน์โหลดใบรับรอง (ca.crt)',
  compare: 'ตรวจสอบกับตัวเลขที่เซิร์ฟเวอร์แสดงตอนเริ่มโปรแกรม (SHA-256)',
  devices: [
    {
      name: 'Windows',
      steps: [
        'เปิดไฟล์ ca.crt ที่ดาวน์โหลดมา แล้วกด “ติดตั้งใบรับรอง” (Install Certificate)',
        'เลือก “ผู้ใช้ปัจจุบัน” (Current User) แล้วกดถัดไป',
        'เลือก “วางใบรับรองทั้งหมดลงในที่เก็บต่อไปนี้” กด “เรียกดู” แล้วเลือก “Trusted Root Certification Authorities”',
        'กดถัดไป เสร็จสิ้น แล้วตอบ “ใช่”',
      ],
    },
    {
      name: 'Android',
      steps: [
        'เปิด “การตั้งค่า” แล้วค้นหาคำว่า “ใบรับรอง CA” (CA certificate) มักอยู่ใน ความปลอดภัย → การตั้งค่าเพิ่มเติม → การเข้ารหัสและข้อมูลเข้าสู่ระบบ → ติดตั้งใบรับรอง',
        'กด “ใบรับรอง CA” แล้วกด “ติดตั้งต่อไป” (Install anyway)',
        'เลือกไฟล์ ca.crt',
      ],
    },
    {
      name: 'iPhone, iPad',
      steps: [
        'ใช้ Safari เปิดหน้านี้ กดดาวน์โหลด แล้วกด “อนุญาต”',
        'เปิด การตั้งค่า → “ดาวน์โหลดโปรไฟล์แล้ว” → “ติดตั้ง”',
        'จากนั้นเปิด การตั้งค่า → ทั่วไป → เกี่ยวกับ → “การตั้งค่าความเชื่อถือใบรับรอง” (Certificate Trust Settings) แล้วเปิดสวิตช์ของ KidBright mAI ถ้าไม่เปิดสวิตช์นี้ ใบรับรองจะยังใช้ไม่ได้',
      ],
    },
    {
      name: 'Chromebook',
      steps: [
        'พิมพ์ chrome://certificate-manager ในช่องที่อยู่',
        'ในส่วนที่คุณติดตั้งเอง เปิด “ใบรับรองที่เชื่อถือได้” (Trusted Certificates) แล้วกด “นำเข้า” (รุ่นเก่า: แท็บ Authorities → Import แล้วติ๊กช่องแรก)',
        'เลือกไฟล์ ca.crt (Chromebook ที่โรงเรียนจัดการ: ให้ผู้ดูแลระบบเพิ่มใบรับรองให้)',
      ],
    },
  ],
  afterwards: 'เสร็จแล้วปิดเบราว์เซอร์ทั้งหมด เปิดใหม่ แล้วพิมพ์ {address} ใน IDE',
  given: 'เซิร์ฟเวอร์นี้ใช้ใบรับรองของโรงเรียนหรือองค์กรเอง ถ้าเบราว์เซอร์ยังเตือน ให้ถามคนที่ดูแลเซิร์ฟเวอร์',
  sameComputer: 'ถ้าใช้ IDE บนเครื่องเดียวกับเซิร์ฟเวอร์ ไม่ต้องทำขั้นตอนเหล่านี้ ให้พิมพ์ที่อยู่ที่ขึ้นต้นด้วย http://127.0.0.1 ได้เลย',
};

export const ENGLISH: TrustTexts = {
  language: 'en',
  title: 'Let this browser reach the server',
  why: 'The KidBright IDE is a page with https, and browsers want such a page to talk to servers with https too. The server in this room has https, with a certificate that it made itself. Your browser does not know it yet, so it warns.',
  done: 'Done! This browser accepts the server. Type this address into the IDE',
  off: 'https is off on this server now. Whoever runs it finds the reason in what the server printed when it started.',
  withKey: 'Put the key from your teacher in the place of <key>.',
  quick: 'Way 1: accept the warning (the quickest)',
  quickSteps: [
    'Open {open} in a new tab. The browser warns that the connection is not private.',
    'Go past the warning. Chrome and Edge: “Advanced”, then the link that ends with “(unsafe)” · iPhone and iPad: “Show Details”, then “visit this website” · Firefox: “Advanced”, then “Accept the Risk and Continue”.',
    'This page comes back and says “Done!”. Type {address} into the IDE.',
    'If the browser asks whether the page may reach devices on the local network, press “Allow”.',
  ],
  quickNote:
    'Browsers may forget this within a week, or when the address of the server changes. If connecting stops working, do it again. Accept the warning for the address of the server in your room only.',
  lasting: 'Way 2: trust the certificate (once, for good)',
  lastingWhy:
    'For devices that are used often, and for those that do not let you go past the warning. The certificate is good for private addresses and the names of the server’s computer only, and for no site of the internet.',
  download: 'Download the certificate (ca.crt)',
  compare: 'Compare it with what the server printed when it started (SHA-256)',
  devices: [
    {
      name: 'Windows',
      steps: [
        'Open the downloaded ca.crt and press “Install Certificate…”.',
        'Choose “Current User”, then Next.',
        'Choose “Place all certificates in the following store”, press “Browse…” and choose “Trusted Root Certification Authorities”.',
        'Press Next, Finish, and answer “Yes”.',
      ],
    },
    {
      name: 'Android',
      steps: [
        'Open Settings and search for “CA certificate”. It is mostly in Security & privacy → More security settings → Encryption & credentials → Install a certificate.',
        'Press “CA certificate”, then “Install anyway”.',
        'Choose the file ca.crt.',
      ],
    },
    {
      name: 'iPhone, iPad',
      steps: [
        'Open this page in Safari, press the download, then “Allow”.',
        'Open Settings → “Profile Downloaded” → “Install”.',
        'Then open Settings → General → About → “Certificate Trust Settings” and switch on KidBright mAI. Without this switch the certificate does not count.',
      ],
    },
    {
      name: 'Chromebook',
      steps: [
        'Type chrome://certificate-manager into the address bar.',
        'Under what you installed yourself, open “Trusted Certificates” and press “Import” (older ones: Authorities → Import, and tick the first box).',
        'Choose the file ca.crt. (A Chromebook that the school manages: ask its administrator to add it.)',
      ],
    },
  ],
  afterwards: 'Then close the browser completely, open it again, and type {address} into the IDE.',
  given:
    'This server uses a certificate of your school or organisation. If the browser warns all the same, ask whoever runs the server.',
  sameComputer:
    'On the computer that runs the server you need none of this: type the address that begins with http://127.0.0.1 into the IDE.',
};
