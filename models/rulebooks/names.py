"""Plausible names for synthetic people and communities, drawn by hash so that every machine draws alike."""

from __future__ import annotations

from hashlib import sha256

SURNAMES = (
    "王 Wang 李 Li 张 Zhang 刘 Liu 陈 Chen 杨 Yang 赵 Zhao 黄 Huang 周 Zhou 吴 Wu 徐 Xu 孙 Sun 胡 Hu 朱 Zhu "
    "高 Gao 林 Lin 何 He 郭 Guo 马 Ma 罗 Luo 梁 Liang 宋 Song 郑 Zheng 谢 Xie 韩 Han 唐 Tang 冯 Feng 于 Yu "
    "董 Dong 萧 Xiao 程 Cheng 曹 Cao 袁 Yuan 邓 Deng 许 Xu 傅 Fu 沈 Shen 曾 Zeng 彭 Peng 吕 Lü"
)
GIVEN = (
    "建国 Jianguo 秀英 Xiuying 志强 Zhiqiang 丽华 Lihua 海燕 Haiyan 文博 Wenbo 晓琳 Xiaolin 国栋 Guodong "
    "雪梅 Xuemei 俊杰 Junjie 思远 Siyuan 佳宁 Jianing 明辉 Minghui 春兰 Chunlan 子涵 Zihan 宏伟 Hongwei "
    "玉珍 Yuzhen 立新 Lixin 雨桐 Yutong 永康 Yongkang 静怡 Jingyi 学军 Xuejun 慧敏 Huimin 浩然 Haoran "
    "桂芳 Guifang 凯文 Kaiwen 淑贞 Shuzhen 振华 Zhenhua 婉清 Wanqing 德胜 Desheng 诗雅 Shiya 向东 Xiangdong "
    "美玲 Meiling 启明 Qiming 红霞 Hongxia 天佑 Tianyou 素云 Suyun 家豪 Jiahao 倩 Qian 磊 Lei 洁 Jie 刚 Gang"
)
FIRST = (
    "安 An 和 He 永 Yong 新 Xin 文 Wen 明 Ming 福 Fu 庆 Qing 华 Hua 清 Qing 兴 Xing 康 Kang 平 Ping 瑞 Rui "
    "景 Jing 泰 Tai 宁 Ning 春 Chun 金 Jin 玉 Yu 丰 Feng 乐 Le 光 Guang 荣 Rong"
)
SECOND = (
    "园 yuan 苑 yuan 桥 qiao 巷 xiang 里 li 坊 fang 河 he 井 jing 湖 hu 门 men 塘 tang 林 lin 亭 ting "
    "泉 quan 岭 ling 台 tai 渡 du 庭 ting 湾 wan 洲 zhou 溪 xi 原 yuan 墩 dun 港 gang 浦 pu 阁 ge 陵 ling "
    "村 cun 街 jie 楼 lou 城 cheng 江 jiang 峰 feng 竹 zhu 梅 mei 柳 liu 桂 gui 枫 feng "
    "荷 he 兰 lan 松 song 柏 bai"
)

Name = tuple[str, str]
"""Chinese, and romanised."""


def pairs(listed: str) -> list[Name]:
    words = listed.split()
    return list(zip(words[::2], words[1::2], strict=True))


def drawn(*parts: object) -> int:
    """A number that belongs to `parts` alone; any of 2**64."""
    return int.from_bytes(sha256("\x1f".join(str(part) for part in parts).encode()).digest()[:8], "big")


def person_name(subject: str) -> Name:
    """The name of the person with this subject."""
    surnames, given = pairs(SURNAMES), pairs(GIVEN)
    surname = surnames[drawn("surname", subject) % len(surnames)]
    first = given[drawn("given", subject) % len(given)]
    return surname[0] + first[0], f"{first[1]} {surname[1]}"


def community_names(district: str, count: int) -> list[Name]:
    """`count` different names of communities; raises ValueError beyond the supply of them."""
    supply = [(a + b, f"{x}{y}") for a, x in pairs(FIRST) for b, y in pairs(SECOND)]
    # One romanisation each, so that English readers can tell communities apart as well.
    by_english = {english: (chinese, english) for chinese, english in supply}
    if count > len(by_english):
        raise ValueError(f"{count} communities, but only {len(by_english)} names")
    ranked = sorted(by_english.values(), key=lambda name: drawn("community", district, name[0]))
    return ranked[:count]


def fictitious_phone(subject: str) -> str:
    """Eleven digits that begin with 100, which no mobile network of China uses."""
    return f"100{drawn('phone', subject) % 10**8:08d}"
