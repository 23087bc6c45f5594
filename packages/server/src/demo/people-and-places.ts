/** A word in both scripts that the demo's data is written in. */
export interface TwoScripts {
  readonly arabic: string;
  readonly english: string;
}

const pairs = (...words: readonly (readonly [arabic: string, english: string])[]): readonly TwoScripts[] =>
  words.map(([arabic, english]) => ({ arabic, english }));

export const FIRST_NAMES = pairs(
  ['أحمد', 'Ahmad'],
  ['محمد', 'Mohammad'],
  ['خالد', 'Khaled'],
  ['عمر', 'Omar'],
  ['يوسف', 'Yousef'],
  ['سامر', 'Samer'],
  ['إبراهيم', 'Ibrahim'],
  ['رائد', 'Raed'],
  ['فادي', 'Fadi'],
  ['حسن', 'Hasan'],
  ['ماهر', 'Maher'],
  ['زيد', 'Zaid'],
  ['ليلى', 'Layla'],
  ['رنا', 'Rana'],
  ['هبة', 'Hiba'],
  ['سناء', 'Sanaa'],
  ['مريم', 'Maryam'],
  ['دينا', 'Dina'],
  ['نور', 'Nour'],
  ['رشا', 'Rasha'],
  ['آلاء', 'Alaa'],
  ['فاطمة', 'Fatima'],
  ['سلمى', 'Salma'],
  ['جمانة', 'Jumana'],
);

export const FAMILY_NAMES = pairs(
  ['الخطيب', 'Al-Khatib'],
  ['حداد', 'Haddad'],
  ['العبادي', 'Al-Abbadi'],
  ['الزعبي', 'Al-Zoubi'],
  ['العمري', 'Al-Omari'],
  ['الرواشدة', 'Al-Rawashdeh'],
  ['نصار', 'Nassar'],
  ['عودة', 'Odeh'],
  ['سلامة', 'Salameh'],
  ['قاسم', 'Qasem'],
  ['منصور', 'Mansour'],
  ['الطراونة', 'Al-Tarawneh'],
  ['المصري', 'Al-Masri'],
  ['شاهين', 'Shaheen'],
  ['خوري', 'Khoury'],
  ['النابلسي', 'Al-Nabulsi'],
  ['الحياري', 'Al-Hiyari'],
  ['بدران', 'Badran'],
  ['عبيدات', 'Obeidat'],
  ['الشريف', 'Al-Sharif'],
);

export const STREETS = pairs(
  ['شارع الأمير حسن', 'Prince Hassan Street'],
  ['شارع المدينة الصناعية', 'Industrial City Street'],
  ['شارع المدارس', 'Schools Street'],
  ['شارع الزيتون', 'Olive Street'],
  ['شارع النخيل', 'Palm Street'],
  ['شارع السوق', 'Market Street'],
  ['شارع الربيع', 'Spring Street'],
  ['شارع القدس', 'Al-Quds Street'],
  ['شارع الياسمين', 'Jasmine Street'],
  ['شارع المحطة', 'Station Street'],
  ['شارع البلدية', 'Municipality Street'],
  ['شارع الوادي', 'Valley Street'],
);

/** The three areas of the demo district, each with its substation; the coordinates are those of Amman's east. */
export const AREAS = [
  { arabic: 'سحاب', english: 'Sahab', lat: 31.905, lng: 35.985, region: 'AMM-SE' },
  { arabic: 'ماركا', english: 'Marka', lat: 31.982, lng: 35.988, region: 'AMM-NE' },
  { arabic: 'أبو علندا', english: 'Abu Alanda', lat: 31.9, lng: 35.935, region: 'AMM-S' },
] as const;

/** Services that are restored first, with their priority. */
export const IMPORTANT_SERVICES = [
  { arabic: 'مستشفى', english: 'Hospital', priority: 1 },
  { arabic: 'محطة ضخ مياه', english: 'Water Pumping Station', priority: 1 },
  { arabic: 'مركز صحي', english: 'Health Centre', priority: 2 },
  { arabic: 'مدرسة', english: 'School', priority: 3 },
  { arabic: 'مخبز', english: 'Bakery', priority: 3 },
] as const;
