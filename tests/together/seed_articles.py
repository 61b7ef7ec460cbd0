"""What the made-up chain's service desk has written for its counters: in Chinese, and for those who read English."""

from shared_models.service import ArticleRow

ARTICLES = (
    ArticleRow(
        article_id="allergens",
        title="过敏原怎么答",
        words=("过敏", "坚果", "牛奶", "鸡蛋", "allergy", "nuts"),
        order=10,
        body="一律按货架标签回答,不凭记忆。\n"
        "所有现烤面包与坚果、牛奶、鸡蛋在同一操作间制作,可能含有微量。\n"
        "顾客自述严重过敏的,建议不要购买现烤产品,可选独立包装并有完整配料表的商品。\n"
        "顾客食用后不适:先陪同就医,再开“质量投诉”工单,保留小票和剩余食品。",
    ),
    ArticleRow(
        article_id="cake-refund",
        title="蛋糕能不能退",
        words=("退货", "退款", "变质", "异味"),
        order=20,
        body="质量问题(变质、异味、异物、与订单不符):当场全额退,并开“质量投诉”工单。\n"
        "写了字的定制蛋糕,不是质量问题不退;取货前改期改字按预订规则。\n"
        "超过当日的裸装面包不退;独立包装未拆封、保质期内可退。\n"
        "退款按原路:现金退现金,扫码付的退回钱包,储值退回原来那笔。",
    ),
    ArticleRow(
        article_id="stored-value-back",
        title="储值怎么退",
        words=("充值", "提取", "撤销", "本金", "余额"),
        order=30,
        body="7 天内一分没用:会员档案 →“充值提取与撤销”→ 撤销,按原来的付款方式退回。\n"
        "已用过或超过 7 天:提取本金,赠送金按比例作废,已用的赠送金从退款中扣回,屏幕会先算给顾客看。\n"
        "扫码充值的,本金可退回原钱包,也可付现金。本金永不过期。",
    ),
    ArticleRow(
        article_id="lost-card",
        title="会员卡丢了",
        words=("挂失", "补卡", "冻结"),
        order=40,
        body="先报手机号找到会员,再进会员档案选“旧卡作废,换新卡”。\n"
        "本机立即停用旧卡,其他门店联网后停用。余额、积分、优惠券都跟着会员走,不会丢。\n"
        "断网时也能挂失;新卡当场可用。",
    ),
    ArticleRow(
        article_id="oven-cleaning",
        title="烤箱每日清洗",
        words=("清洁", "保养"),
        order=50,
        body="关机断电,等到不烫手。\n取出烤盘和接屑盘,用温水和中性清洁剂洗。\n"
        "内壁用湿布擦,不要冲水,不要用钢丝球。\n门封条擦干后再通电,空烤五分钟。",
    ),
    ArticleRow(
        article_id="printer-trouble",
        title="小票打不出来",
        words=("打印机", "卡纸", "printer"),
        order=60,
        body="照常收款:小票排着队,好了会自己补打。\n"
        "看打印机:有没有纸、盖子合上没有、灯亮不亮。\n"
        "F10 →“设备”→ 打测试条。还不行,开“收银机与设备”工单,写上灯的颜色。",
    ),
    ArticleRow(
        article_id="en-refunds",
        title="Refunds and stored value in short",
        words=("refund", "top-up", "wallet"),
        order=110,
        body="Scan the receipt: the money goes back the way it came.\n"
        "Spoiled or wrong goods: refund in full and open a quality ticket.\n"
        "A top-up nobody has spent of can be cancelled for 7 days; later its principal is paid out, its bonus goes.",
    ),
    ArticleRow(
        article_id="en-offline",
        title="When the line is down",
        words=("offline", "network", "断网"),
        order=120,
        body="Go on selling: cash, wallets at their own machine, printed coupons, and what a till holds of a member.\n"
        "What a member has here is on the screen as usable now.\n"
        "Nothing has to be written down: all of it goes to HQ by itself when the line is back.",
    ),
)
