/** Ids of the source's country master that are documented. */
export const namedNationalities: ReadonlyMap<number, string> = new Map([
  [1, "日本"],
  [2, "韓国"],
  [3, "中国"],
  [4, "台湾"],
  [6, "アメリカ"],
  [7, "フランス"],
  [13, "フィリピン"],
  [14, "ネパール"],
  [15, "ベトナム"],
  [16, "インドネシア"],
  [18, "ミャンマー"],
  [21, "ロシア"],
  [23, "スリランカ"],
  [36, "インド"],
  [52, "その他"],
  [190, "モンゴル"],
  [200, "レソト"],
]);

/** All other countries, in the order in which they get the free ids. */
export const otherNationalities: readonly string[] = (
  "イギリス ドイツ イタリア スペイン カナダ オーストラリア ブラジル タイ マレーシア シンガポール カンボジア ラオス バングラデシュ パキスタン ブータン " +
  "モルディブ アフガニスタン イラン イラク トルコ サウジアラビア アラブ首長国連邦 イスラエル ヨルダン レバノン シリア クウェート カタール バーレーン オマーン " +
  "イエメン ウズベキスタン カザフスタン キルギス タジキスタン トルクメニスタン アゼルバイジャン アルメニア ジョージア ウクライナ ベラルーシ モルドバ ポーランド チェコ " +
  "スロバキア ハンガリー ルーマニア ブルガリア セルビア クロアチア スロベニア ボスニア・ヘルツェゴビナ モンテネグロ 北マケドニア アルバニア コソボ ギリシャ キプロス " +
  "マルタ ポルトガル アンドラ モナコ サンマリノ バチカン スイス オーストリア リヒテンシュタイン ベルギー オランダ ルクセンブルク アイルランド アイスランド ノルウェー " +
  "スウェーデン フィンランド デンマーク エストニア ラトビア リトアニア エジプト リビア チュニジア アルジェリア モロッコ モーリタニア セネガル ガンビア ギニアビサウ " +
  "ギニア シエラレオネ リベリア コートジボワール ガーナ トーゴ ベナン ナイジェリア ニジェール マリ ブルキナファソ チャド カメルーン 中央アフリカ 赤道ギニア ガボン " +
  "コンゴ共和国 コンゴ民主共和国 アンゴラ ナミビア ボツワナ ジンバブエ ザンビア マラウイ モザンビーク マダガスカル モーリシャス セーシェル コモロ タンザニア ケニア " +
  "ウガンダ ルワンダ ブルンジ エチオピア エリトリア ジブチ ソマリア スーダン 南スーダン 南アフリカ エスワティニ カーボベルデ サントメ・プリンシペ メキシコ グアテマラ " +
  "ベリーズ エルサルバドル ホンジュラス ニカラグア コスタリカ パナマ キューバ ジャマイカ ハイチ ドミニカ共和国 プエルトリコ バハマ バルバドス トリニダード・トバゴ " +
  "グレナダ セントルシア ドミニカ国 アンティグア・バーブーダ コロンビア ベネズエラ ガイアナ スリナム エクアドル ペルー ボリビア チリ アルゼンチン ウルグアイ パラグアイ " +
  "ニュージーランド フィジー パプアニューギニア ソロモン諸島 バヌアツ サモア トンガ キリバス ツバル ナウル パラオ ミクロネシア マーシャル諸島 東ティモール ブルネイ " +
  "香港 マカオ グアム ニューカレドニア 北朝鮮 パレスチナ クック諸島 ニウエ"
).split(" ");

/** Shares of tenants by master id; the rest is divided among the other countries. */
export const nationalityShares: readonly (readonly [number, number])[] = [
  [1, 38.3],
  [18, 13.6],
  [15, 8.4],
  [3, 8.4],
  [2, 4.9],
  [190, 3.0],
  [23, 2.3],
  [4, 2.3],
  [14, 1.9],
  [13, 1.5],
  [16, 0.9],
  [36, 0.9],
  [21, 0.8],
  [7, 0.65],
  [6, 0.65],
  [52, 0.25],
];
/** Share of tenants from all other countries together. */
export const tailShare = 100 - 2.5 - 1.42 - 0.1 - nationalityShares.reduce((sum, [, share]) => sum + share, 0);

/** The source's placeholder for incomplete records. */
export const placeholderNationality = { id: 200, name: "レソト" };

/** The text column of the few tenants whose nationality was typed by hand (id 0). */
export const typedNationalities: readonly string[] = [
  "Japanese",
  "Vietnamese",
  "Nepalese",
  "American",
  "Myanmar/Japan",
  "中国/台湾",
  "ベトナムベトナム",
  "フィリッピン",
  "ミャンマ",
  "インドネシヤ",
  "女性",
  "中国（株式会社サクラ製作所）",
  "မြန်မာ",
  "Sri Lanka\u3000",
  "バングラディシュ ",
  "Indian",
  "Korean",
  "イギリス\u3000",
  "Mongolia",
  "Lesotho",
];
