package shopify

// carriers are the names of carriers that Shopify knows, exactly as it spells them: it builds the tracking
// links for these. Some it shows only to shops of one country.
//
// Source: Shopify GraphQL Admin API 2026-10, FulfillmentTrackingInfo.company.
var carriers = map[string]bool{
	"4PX": true, "ACS Courier": true, "AGS": true, "APC": true, "Alliance Air Freight": true, "Allied Express": true,
	"Amazon": true, "Amazon Logistics UK": true, "An Post": true, "Anjun Logistics": true, "Aramex Australia": true,
	"Aras Kargo": true, "Asendia USA": true, "Australia Post": true, "BPost": true, "BPost International": true,
	"BRT": true, "Bluedart": true, "Bonds": true, "Bonshaw": true, "BoxKnight": true, "Bring": true,
	"CDL Last Mile": true, "CTT": true, "CTT Express": true, "Canada Post": true, "Canpar": true, "China Post": true,
	"Chronopost": true, "Chukou1": true, "Colis Privé": true, "Colissimo": true, "Comingle": true, "Coordinadora": true,
	"Correios": true, "Correos": true, "Couriers Please": true, "Cyprus Post": true, "DHL": true, "DHL Express": true,
	"DHL Parcel": true, "DHL eCommerce": true, "DHL eCommerce Asia": true, "DPD": true, "DPD Ireland": true,
	"DPD Local": true, "DPD UK": true, "DTD Express": true, "DTDC": true, "DX": true, "Delhivery": true, "Delnext": true,
	"Deutsche Post": true, "Deutsche Post (DE)": true, "Deutsche Post (EN)": true, "Direct Couriers": true,
	"Eagle": true, "Ecom Express": true, "Ekart": true, "Estes": true, "Evri": true, "FSC": true, "Fastway": true,
	"FedEx": true, "First Global Logistics": true, "First Line": true, "Fulfilla": true, "GLS": true, "GLS Italy": true,
	"GO Logistics": true, "Gati KWE": true, "Guangdong Weisuyi Information Technology (WSE)": true,
	"Heppner Internationale Spedition GmbH & Co.": true, "Hermes": true, "Hunter Express": true, "IDEX": true,
	"Iceland Post": true, "India Post": true, "Inpost": true, "Intelcom": true, "Israel Post": true,
	"Japan Post (EN)": true, "Japan Post (JA)": true, "LSO": true, "La Poste Burkina Faso": true,
	"La Poste Colissimo": true, "Lasership": true, "Latvia Post": true, "Lietuvos Paštas": true, "Logisters": true,
	"Lone Star Overnight": true, "Loomis": true, "M3 Logistics": true, "Meteor Space": true, "Mondial Relay": true,
	"New Zealand Post": true, "NinjaVan": true, "North Russia Supply Chain (Shenzhen) Co.": true, "Northline": true,
	"Old Dominion": true, "OnTrac": true, "PTT": true, "Packeta": true, "Pago Logistics": true, "Pandion": true,
	"Parcelforce": true, "Pilot Freight": true, "Ping An Da Tengfei Express": true, "Pitney Bowes": true,
	"Portal PostNord": true, "PostNL": true, "PostNord DK": true, "PostNord NO": true, "PostNord SE": true,
	"Poste Italiane": true, "Professional Couriers": true, "Purolator": true, "Qxpress": true, "Qyun Express": true,
	"R+L Carriers": true, "Royal Mail": true, "Royal Shipments": true, "SEUR": true, "SF Express": true,
	"SFC Fulfillment": true, "SHREE NANDAN COURIER": true, "Sagawa (EN)": true, "Sagawa (JA)": true, "Sendle": true,
	"Shadowfax": true, "ShipBob": true, "Singapore Post": true, "Skynet": true, "Southwest Air Cargo": true,
	"Speedy": true, "StarTrack": true, "Step Forward Freight": true, "Swiship": true, "Swiss Post": true,
	"Sürat Kargo": true, "TForce Final Mile": true, "TNT": true, "TNT Australia": true, "Tinghao": true,
	"Toll IPEC": true, "Tuffnells": true, "UPS": true, "USPS": true, "United Delivery Service": true, "Venipak": true,
	"WMYC": true, "WanbExpress": true, "We Post": true, "Whistl": true, "Wizmo": true, "XPO Logistics": true,
	"Xpedigo": true, "XpressBees": true, "Yamato (EN)": true, "Yamato (JA)": true, "YiFan Express": true, "Yodel": true,
	"YunExpress": true, "Yurtiçi Kargo": true, "Zásilkovna": true, "Österreichische Post": true, "エコ配": true,
	"名鉄運輸": true, "日本通運": true, "福山通運": true, "第一貨物": true, "西濃スーパーエキスプレス": true, "西濃運輸": true,
}
